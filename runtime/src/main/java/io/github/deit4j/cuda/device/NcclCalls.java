package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.CString;
import io.github.deit4j.bindings.nccl.Nccl;
import io.github.deit4j.bindings.nccl.ncclConfig_v21400;
import io.github.deit4j.bindings.nccl.ncclUniqueId;
import io.github.deit4j.collective.CollectiveException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Calls of NCCL by one rank, with its errors as exceptions that name the rank. None of them waits
 * for other ranks: what it begins may still be in progress when it returns. The caller holds the
 * context's lock and has made it current.
 */
final class NcclCalls {
  /** By which the library knows a configuration that was set up. */
  private static final int MAGIC = 0xcafebeef;

  /** What a configuration of this layout is of. */
  private static final int CONFIGURATION_VERSION = 21_400;

  private final int rank;
  private final MemorySegment state = Driver.pointer();

  /** Where the communicator is, which the library may change until the ranks have met. */
  private final MemorySegment made = Driver.pointer();

  NcclCalls(int rank) {
    this.rank = rank;
  }

  /** Returns room for what names a communicator before it is made. */
  static MemorySegment room() {
    return Arena.ofAuto().allocate(ncclUniqueId.layout());
  }

  /** Makes up a name for a communicator, which all its ranks must be told. */
  void name(MemorySegment id) {
    require("ncclGetUniqueId", Nccl.ncclGetUniqueId(id));
  }

  /** Begins to meet the other ranks. */
  void meet(MemorySegment id, int size) {
    MemorySegment config = Arena.ofAuto().allocate(ncclConfig_v21400.layout());
    ncclConfig_v21400.size(config, ncclConfig_v21400.sizeof());
    ncclConfig_v21400.magic(config, MAGIC);
    ncclConfig_v21400.version(config, CONFIGURATION_VERSION);
    ncclConfig_v21400.blocking(config, 0);
    require("ncclCommInitRankConfig", Nccl.ncclCommInitRankConfig(made, size, id, rank, config));
  }

  void beginGroup() {
    require("ncclGroupStart", Nccl.ncclGroupStart());
  }

  /** Begins what was called for since the group began. */
  void endGroup() {
    require("ncclGroupEnd", Nccl.ncclGroupEnd());
  }

  /** Gives up a group that has failed already. */
  void dropGroup() {
    Nccl.ncclGroupEnd();
  }

  void send(MemorySegment data, long bytes, int peer, CudaStream stream) {
    int type = Nccl.ncclInt8();
    require(
        "ncclSend to rank " + peer,
        Nccl.ncclSend(data, bytes, type, peer, communicator(), stream.handle()));
  }

  void receive(MemorySegment data, long bytes, int peer, CudaStream stream) {
    int type = Nccl.ncclInt8();
    require(
        "ncclRecv from rank " + peer,
        Nccl.ncclRecv(data, bytes, type, peer, communicator(), stream.handle()));
  }

  /**
   * Returns whether everything that was begun has been handed to the device.
   *
   * @param what was begun
   * @throws CollectiveException.Failed if something has gone wrong, there or elsewhere
   */
  boolean isReady(String what) {
    require("ncclCommGetAsyncError", Nccl.ncclCommGetAsyncError(communicator(), state));
    int code = Driver.getInt(state);
    require(what + " (ncclCommGetAsyncError)", code);
    return code != Nccl.ncclInProgress();
  }

  /** Ends what is in progress, and the communicator, if there is one. */
  void abort() {
    MemorySegment ended = communicator();
    made.fill((byte) 0);
    if (!ended.equals(MemorySegment.NULL)) {
      require("ncclCommAbort", Nccl.ncclCommAbort(ended));
    }
  }

  private MemorySegment communicator() {
    return Driver.get(made);
  }

  private void require(String call, int code) {
    if (code != Nccl.ncclSuccess() && code != Nccl.ncclInProgress()) {
      check("rank %d: %s".formatted(rank, call), code);
    }
  }

  /**
   * Requires that a call has succeeded, or has begun what it should.
   *
   * @param call its name, and who made it for whom
   * @throws CollectiveException.Failed if not, with the code and what the library says of it
   */
  static void check(String call, int code) {
    if (code != Nccl.ncclSuccess() && code != Nccl.ncclInProgress()) {
      String detail = CString.at(Nccl.ncclGetLastError(MemorySegment.NULL)).strip();
      throw new CollectiveException.Failed(
          "%s: %s (%d)%s; NCCL_DEBUG=WARN says more, and DEIT4J_NCCL=none does without NCCL"
              .formatted(
                  call,
                  CString.at(Nccl.ncclGetErrorString(code)),
                  code,
                  detail.isEmpty() ? "" : ", " + detail),
          Integer.toString(code));
    }
  }
}
