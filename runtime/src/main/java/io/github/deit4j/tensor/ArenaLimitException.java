package io.github.deit4j.tensor;

/** An arena would grow past its limit. Says who asked for how much and what the arena holds. */
public final class ArenaLimitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message that names arena, request and limit. */
  public ArenaLimitException(String message) {
    super(message);
  }
}
