package io.github.deit4j.inference;

/** So many images wait to be classified that another one would wait too long. Try again later. */
public final class QueueFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  QueueFullException(int capacity, int waiting, int more) {
    super(
        "the queue is full: expected room for %d more images, found %d of %d waiting; try again later"
            .formatted(more, waiting, capacity));
  }
}
