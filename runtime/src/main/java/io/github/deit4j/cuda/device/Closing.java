package io.github.deit4j.cuda.device;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Closes things in the reverse order in which they were made, all of them even if some cannot be
 * closed.
 */
public final class Closing implements AutoCloseable {
  private final Deque<Runnable> actions = new ArrayDeque<>();

  /** Remembers how to undo what was just done. */
  public void undo(Runnable action) {
    actions.push(action);
  }

  /** Remembers to close something. */
  public <T extends Closeable> T add(T thing) {
    undo(thing::close);
    return thing;
  }

  /** Closes without checked exceptions. */
  public interface Closeable extends AutoCloseable {
    @Override
    void close();
  }

  /** Closes after a failure and returns it, with what failed in closing attached. */
  public RuntimeException after(RuntimeException failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }

  /** Throws the first failure, with the others attached, once everything was tried. */
  @Override
  public void close() {
    RuntimeException failure = null;
    while (!actions.isEmpty()) {
      try {
        actions.pop().run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
