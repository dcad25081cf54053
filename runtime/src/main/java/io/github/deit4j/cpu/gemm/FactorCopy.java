package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Workers;

/** A factor's way into an array, in steps that any thread may take in any order. */
interface FactorCopy {
  /** Returns how many steps there are. */
  int steps();

  /** Takes one of them. */
  void step(int step, Scratch scratch);

  /** Takes all of them, shared out. */
  default void run(Workers workers) {
    workers.run(steps(), this::step);
  }

  /**
   * Takes all of them on the calling thread.
   *
   * @param part of the steps that come last: threads that copy the same factor at the same time
   *     should begin in different places, since cores that read the same lines at once take them
   *     from each other
   */
  default void runAlone(double part, Scratch scratch) {
    int steps = steps();
    int first = (int) (part * steps);
    for (int i = 0; i < steps; i++) {
      step((first + i) % steps, scratch);
    }
  }
}
