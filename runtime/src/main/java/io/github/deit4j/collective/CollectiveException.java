package io.github.deit4j.collective;

/** Ranks could not hand each other something. The work that they share has ended. */
public sealed class CollectiveException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message that names the call, what was expected and found. */
  CollectiveException(String message) {
    super(message);
  }

  /** A rank has ended the work of all. */
  public static final class Aborted extends CollectiveException {
    private static final long serialVersionUID = 1L;

    private final int code;

    /**
     * Creates the exception.
     *
     * @param rank who ended it; −1 where that is not known
     * @param code the exit code that it gave
     * @param reason why, for people
     */
    public Aborted(int rank, int code, String reason) {
      super((rank < 0 ? "another rank" : "rank " + rank) + " has ended the work: " + reason);
      this.code = code;
    }

    /** Returns the exit code that the rank gave. */
    public int code() {
      return code;
    }
  }

  /** Ranks made different calls, or calls with lengths that do not fit. */
  public static final class Mismatch extends CollectiveException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with a message that names the ranks and what each did. */
    public Mismatch(String message) {
      super(message);
    }
  }

  /** Another rank did not answer in time: it hangs, has died, or cannot be reached. */
  public static final class TimedOut extends CollectiveException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with a message that names the call, the time and what to look at. */
    public TimedOut(String message) {
      super(message);
    }
  }

  /** A call of a library has failed. */
  public static final class Failed extends CollectiveException {
    private static final long serialVersionUID = 1L;

    private final String code;

    /**
     * Creates the exception.
     *
     * @param message names the call, the code and its meaning, and what to do
     * @param code the library's name or number of the error
     */
    public Failed(String message, String code) {
      super(message);
      this.code = code;
    }

    /** Returns the library's name or number of the error. */
    public String code() {
      return code;
    }
  }
}
