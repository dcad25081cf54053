package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.bindings.nccl.Nccl;
import io.github.deit4j.collective.CollectiveException;
import java.lang.foreign.MemorySegment;

/**
 * The version of NCCL that a rank has.
 *
 * @param code as the library tells it, 0 where there is none
 */
record NcclVersion(int code) {
  /** The first for CUDA 12. */
  private static final int OLDEST = 21_600;

  /** From here on a code has two digits for the minor version. */
  private static final int LONG_CODES = 10_000;

  private static final int SHORT_CODES = 1_000;

  /**
   * Looks for the library and asks it.
   *
   * @throws CollectiveException.Failed if it cannot tell
   */
  static NcclVersion ofRank(int rank) {
    return find("rank %d: ncclGetVersion".formatted(rank));
  }

  private static NcclVersion find(String call) {
    if (NativeLibraries.nccl().place().isEmpty()) {
      return new NcclVersion(0);
    }
    MemorySegment code = Driver.pointer();
    NcclCalls.check(call, Nccl.ncclGetVersion(code));
    return new NcclVersion(Driver.getInt(code));
  }

  /** Returns what there is to say of the library here: a lack only for who has several devices. */
  static String line() {
    try {
      NcclVersion version = find("ncclGetVersion");
      return NativeLibraries.nccl()
          .place()
          .map(place -> "%s, loaded from %s".formatted(version, place))
          .orElse(
              "not found; for several devices: pip install nvidia-nccl-cu13 (or -cu12), or"
                  + " DEIT4J_NCCL=FILE");
    } catch (CollectiveException e) {
      return e.getMessage();
    }
  }

  /** Returns whether it has every function, and does as they say today. */
  boolean isFit() {
    return code >= OLDEST;
  }

  private static String number(int code) {
    int unit = code < LONG_CODES ? SHORT_CODES : LONG_CODES;
    return "%d.%d.%d".formatted(code / unit, code % unit / 100, code % 100);
  }

  /** Returns the number, and where it is of no use, why. */
  @Override
  public String toString() {
    if (code == 0) {
      return "none";
    }
    return isFit()
        ? number(code)
        : "%s, expected %s or newer".formatted(number(code), number(OLDEST));
  }
}
