package io.github.deit4j.cli;

/** What the program's exit code tells. The numbers are those of BSD's sysexits where it has one. */
public final class ExitCode {
  /** Done. */
  public static final int OK = 0;

  /** The command line contradicts itself or the thing it names. */
  public static final int USAGE = 2;

  /** Data, weights or images are missing, damaged, or do not fit. */
  public static final int BAD_DATA = 65;

  /** A device, a library, memory or the network is not there. */
  public static final int UNAVAILABLE = 69;

  /** A defect of this program. */
  public static final int INTERNAL = 70;

  /** Output cannot be written. */
  public static final int CANNOT_WRITE = 73;

  /** Stopped by a signal; {@code --resume} goes on. */
  public static final int STOPPED = 75;

  /** Interrupted before anything was written. */
  public static final int INTERRUPTED = 130;

  private ExitCode() {}
}
