package io.github.deit4j.collective.mpi;

import io.github.deit4j.bindings.LoadReport;
import io.github.deit4j.bindings.MpiAbi;
import io.github.deit4j.bindings.mpi.LibMpi;
import io.github.deit4j.collective.CollectiveException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Calls of the loaded library among all processes, with its errors as exceptions. All are made by
 * the thread that makes the first.
 */
final class MpiCalls {
  private static final long REQUEST_BYTES = 8;

  /** More than any implementation's {@code MPI_Status} has. */
  private static final long STATUS_BYTES = 64;

  private final MpiAbi abi;
  private final MemorySegment number = Arena.global().allocate(ValueLayout.JAVA_INT);
  private final MemorySegment status = Arena.global().allocate(STATUS_BYTES, Long.BYTES);

  /** Initialises the library, which can be done once per process. */
  MpiCalls(LoadReport loaded) {
    abi = MpiAbi.loaded(loaded);
    check(
        "MPI_Init_thread",
        LibMpi.MPI_Init_thread(MemorySegment.NULL, MemorySegment.NULL, abi.funneled(), number));
    check(
        "MPI_Comm_set_errhandler", LibMpi.MPI_Comm_set_errhandler(abi.world(), abi.errorsReturn()));
  }

  int rank() {
    check("MPI_Comm_rank", LibMpi.MPI_Comm_rank(abi.world(), number));
    return number.get(ValueLayout.JAVA_INT, 0);
  }

  int size() {
    check("MPI_Comm_size", LibMpi.MPI_Comm_size(abi.world(), number));
    return number.get(ValueLayout.JAVA_INT, 0);
  }

  /** Returns memory for so many requests. */
  static MemorySegment requests(int count, Arena arena) {
    return arena.allocate(count * REQUEST_BYTES, REQUEST_BYTES);
  }

  private static MemorySegment request(MemorySegment requests, int index) {
    return requests.asSlice(index * REQUEST_BYTES, REQUEST_BYTES);
  }

  /** Begins to send, which makes request {@code index}. */
  void send(MemorySegment data, int peer, int tag, MemorySegment requests, int index) {
    MemorySegment request = request(requests, index);
    int count = Math.toIntExact(data.byteSize());
    check("MPI_Isend", LibMpi.MPI_Isend(data, count, abi.bytes(), peer, tag, abi.world(), request));
  }

  /** Begins to receive, which makes request {@code index}. */
  void receive(MemorySegment data, int peer, int tag, MemorySegment requests, int index) {
    MemorySegment request = request(requests, index);
    int count = Math.toIntExact(data.byteSize());
    check("MPI_Irecv", LibMpi.MPI_Irecv(data, count, abi.bytes(), peer, tag, abi.world(), request));
  }

  /** Returns whether request {@code index} has ended; if so, it is no more. */
  boolean ended(MemorySegment requests, int index) {
    check("MPI_Test", LibMpi.MPI_Test(request(requests, index), number, status));
    return number.get(ValueLayout.JAVA_INT, 0) != 0;
  }

  /** Returns how many bytes the receive had that has just ended. */
  int received() {
    check("MPI_Get_count", LibMpi.MPI_Get_count(status, abi.bytes(), number));
    return number.get(ValueLayout.JAVA_INT, 0);
  }

  void end() {
    check("MPI_Finalize", LibMpi.MPI_Finalize());
  }

  /** Ends all processes, this one too as a rule. */
  void abort(int code) {
    check("MPI_Abort", LibMpi.MPI_Abort(abi.world(), code));
  }

  private static void check(String call, int code) {
    if (code != LibMpi.MPI_SUCCESS()) {
      throw new CollectiveException.Failed(
          "%s failed with error %d: %s".formatted(call, code, meaning(code)),
          Integer.toString(code));
    }
  }

  private static String meaning(int code) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment text = arena.allocate(LibMpi.MPI_MAX_ERROR_STRING());
      MemorySegment length = arena.allocate(ValueLayout.JAVA_INT);
      return LibMpi.MPI_Error_string(code, text, length) == LibMpi.MPI_SUCCESS()
          ? text.getString(0).strip().replaceAll("\\s*\\n\\s*", "; ")
          : "unknown";
    }
  }
}
