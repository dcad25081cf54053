package io.github.deit4j.cpu.core;

/** Threads that share out numbered tasks. No result may depend on which thread runs a task. */
public interface Workers {
  /** Runs everything on the calling thread, with that thread's scratch memory. */
  Workers SERIAL =
      new Workers() {
        @Override
        public void run(int tasks, Task task) {
          Scratch scratch = Scratch.ofThisThread();
          for (int index = 0; index < tasks; index++) {
            task.run(index, scratch);
          }
        }

        @Override
        public int threads() {
          return 1;
        }
      };

  /**
   * Runs the tasks 0 to {@code tasks} − 1, in any order and place, and returns when all are done.
   */
  void run(int tasks, Task task);

  /** Returns how many threads would share tasks now, the caller included. */
  int threads();

  /**
   * Cuts 0 to {@code size} into ranges of {@code grain} (the last may be shorter) and runs a task
   * for each.
   */
  default void runRanges(long size, long grain, RangeTask task) {
    int ranges = Math.toIntExact((size + grain - 1) / grain);
    if (ranges == 1) {
      task.run(0, size);
    } else {
      run(ranges, (index, scratch) -> task.run(index * grain, Math.min(size, (index + 1) * grain)));
    }
  }

  /** One numbered task. */
  @FunctionalInterface
  interface Task {
    /** Runs the task with the running thread's scratch memory. */
    void run(int index, Scratch scratch);
  }

  /** A task on the elements, rows or columns from {@code from} up to but without {@code to}. */
  @FunctionalInterface
  interface RangeTask {
    /** Runs the task on one range. */
    void run(long from, long to);
  }
}
