package io.github.deit4j.cli;

/** Options contradict each other or what they name. Says what was expected and what was found. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
