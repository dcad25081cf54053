package io.github.deit4j.train;

import io.github.deit4j.device.Backend;
import java.io.IOException;

/**
 * Work that another thread may have given up while it is done: a training step before it changes
 * the weights, an evaluation, a message. Given up, the working thread throws {@link
 * GivenUpException} at the next op, or where it waits for images or other ranks; nothing else is
 * ever interrupted.
 */
final class Interruptible {
  private final Backend backend;

  /** The thread at work; null while there is nothing to give up. */
  private Thread working;

  private boolean givenUp;

  Interruptible(Backend backend) {
    this.backend = backend;
  }

  /** The work was given up. */
  static final class GivenUpException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private GivenUpException(Exception cause) {
      super(cause);
    }
  }

  /** What may be given up. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException, InterruptedException;
  }

  /**
   * Does some work on the calling thread.
   *
   * @throws GivenUpException if it was given up, now or before
   */
  <T> T run(Work<T> work) throws IOException, InterruptedException {
    enter();
    try {
      T result = work.run();
      leave();
      return result;
    } catch (InterruptedException | IOException | RuntimeException e) {
      if (leave()) {
        throw new GivenUpException(e); // whatever an interrupt was turned into on its way
      }
      throw e;
    } catch (Error e) {
      leave();
      throw e;
    }
  }

  private synchronized void enter() {
    if (givenUp) {
      throw new GivenUpException(null);
    }
    working = Thread.currentThread();
  }

  /** Lets the backend and the thread go on with what has to be done; returns whether given up. */
  private synchronized boolean leave() {
    working = null;
    if (givenUp) {
      backend.observe(null);
      Thread.interrupted();
    }
    return givenUp;
  }

  /** Gives up the work at hand and all that would follow; from any thread. */
  synchronized void giveUp() {
    givenUp = true;
    if (working != null) {
      backend.observe(
          (_, _, _) -> {
            throw new GivenUpException(null);
          });
      working.interrupt();
    }
  }
}
