package io.github.deit4j.serve;

import io.github.deit4j.http.Exchange;
import io.github.deit4j.http.Reply;
import io.github.deit4j.http.RequestException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Who may use a processor, and the memory of a picture, for a while: so many at once; of those who
 * wait for their turn, too, there is a largest number.
 */
final class Turns {
  private final int most;
  private final Semaphore places;
  private final Semaphore turns;

  /** What is done in a turn. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws Exception;
  }

  Turns(int atOnce, int waiting) {
    most = atOnce + waiting;
    places = new Semaphore(most);
    turns = new Semaphore(atOnce);
  }

  /** Returns how many are at work or wait. */
  int taken() {
    return most - places.availablePermits();
  }

  /**
   * Waits for a turn and does something.
   *
   * @throws RequestException if too many wait, or it would be too late
   * @throws Exception of the work
   */
  <T> T take(Exchange exchange, Work<T> work) throws Exception {
    if (!places.tryAcquire()) {
      throw new RequestException(
          Reply.UNAVAILABLE, "expected room for another request, found the queue full; try later");
    }
    try {
      if (!turns.tryAcquire(exchange.deadline() - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        throw Exchange.late();
      }
      try {
        return work.run();
      } finally {
        turns.release();
      }
    } finally {
      places.release();
    }
  }
}
