package io.github.deit4j.cuda.device;

/**
 * Work for the stream with all that it needs: function, sizes, numbers, and addresses on the
 * device. Equal commands are the same work on the same memory.
 */
interface Command {
  /** Appends it to the stream, or to what is captured of that. Allocates and waits for nothing. */
  void issue();
}
