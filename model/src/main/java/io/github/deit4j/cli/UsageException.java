package io.github.deit4j.cli;

/** Options contradict each other or what they name. Says what was expected and what was found. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message that names option, expectation and finding. */
  public UsageException(String message) {
    super(message);
  }
}
