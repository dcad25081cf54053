package io.github.deit4j.cpu;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Workers;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * A fixed team of threads that shares out numbered tasks. Starting and ending a region costs
 * microseconds: idle members spin briefly for the next region, then park. Waking a parked thread
 * costs its waker tens of microseconds on some machines, so the caller wakes one member, and each
 * member two more.
 *
 * <p>Any thread may call {@link #run}. If the team is at work for somebody else, the caller does
 * all of its tasks itself; so a server's threads never wait for each other.
 */
public final class ThreadTeam implements Workers, AutoCloseable {
  private static final long SPIN_NANOS = 50_000;
  private static final int SPINS_PER_CLOCK_READ = 64;

  /** Some 20 µs: the end of a region is near, or its last thread has no core. */
  private static final int SPINS_BEFORE_YIELD = 1_000;

  private final Member[] members;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile Region region;
  private volatile boolean closed;

  /**
   * Starts the team.
   *
   * @param threads how many threads share the work, the caller included; 1 starts none
   * @throws IllegalArgumentException if {@code threads} is not positive
   */
  public ThreadTeam(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected 1 or more, found " + threads);
    }
    members = new Member[threads - 1];
    for (int i = 0; i < members.length; i++) {
      members[i] = new Member(i + 1);
      Thread.ofPlatform().name("deit4j-team-" + (i + 1)).daemon().start(members[i]);
    }
  }

  /** One while the team is at work: what is given to it then its caller does alone. */
  @Override
  public int threads() {
    return busy.get() ? 1 : size();
  }

  /** Returns how many threads the team has, the caller included. */
  int size() {
    return members.length + 1;
  }

  @Override
  public void run(int tasks, Task task) {
    if (tasks <= 1 || members.length == 0 || !busy.compareAndSet(false, true)) {
      Workers.SERIAL.run(tasks, task);
      return;
    }
    try {
      Region mine = new Region(tasks, task, size());
      region = mine;
      wake(1);
      mine.work(0, Scratch.ofThisThread());
      mine.awaitEnd();
    } finally {
      busy.set(false);
    }
  }

  /**
   * Runs tasks that call ops. Each thread takes a task and all of its ops; what is left when there
   * are fewer tasks than threads is done one by one, each by all threads.
   *
   * <p>Activations of one DeiT image fit the second-level cache, those of a batch do not: with
   * images as tasks, each through the whole model, DeiT-Ti at batch 8 went from 25 to 33 images/s
   * on one thread. But up to four at once: one at a time each thread reads all weights from memory
   * for every image, and what it waits for then is not overlapped with anything (99 rows by weights
   * of 2.4 MB, AVX-512: 0.90 of the peak if they are in a cache, 0.77 if not). DeiT-S at batch 8
   * gained 5 % with AVX-512, 3 % with AVX2, at batch 32 7 %.
   */
  void forEach(int tasks, IntConsumer task) {
    int whole = tasks / size() * size();
    run(whole, (index, _) -> task.accept(index));
    for (int index = whole; index < tasks; index++) {
      task.accept(index);
    }
  }

  private void wake(int number) {
    if (number <= members.length) {
      members[number - 1].wake();
    }
  }

  /** Ends the threads. A team that is closed runs everything on the caller. */
  @Override
  public void close() {
    closed = true;
    busy.set(true);
    for (Member member : members) {
      member.wake();
    }
  }

  /**
   * One parallel region. Neighbouring columns of one matrix on two cores at a time, which share a
   * last-level cache, were copied 3.5 times as slowly as on one: they take lines from each other
   * that their prefetchers have brought. So each thread has a range of the tasks, the same one in
   * every region of as many, so that it meets again what it has in its core's caches, and what two
   * threads write at a time lies far apart. Who is done with his own takes tasks of the others.
   */
  private static final class Region {
    /** From one counter to the next: two cache lines, which some processors fetch together. */
    private static final int COUNTER_STRIDE = 32;

    private final int tasks;
    private final Task task;
    private final int threads;

    /** How many tasks of each range are taken. */
    private final AtomicIntegerArray taken;

    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Region(int tasks, Task task, int threads) {
      this.tasks = tasks;
      this.task = task;
      this.threads = threads;
      this.taken = new AtomicIntegerArray(threads * COUNTER_STRIDE);
    }

    /** Does tasks until all are taken, of the thread's own range first. */
    void work(int thread, Scratch scratch) {
      int done = 0;
      for (int i = 0; i < threads; i++) {
        done += workRange((thread + i) % threads, scratch);
      }
      // Told once at the end, so that the counter's cache line travels seldom.
      if (done > 0) {
        finished.addAndGet(done);
      }
    }

    private int workRange(int range, Scratch scratch) {
      int first = firstOfRange(range);
      int size = firstOfRange(range + 1) - first;
      int counter = range * COUNTER_STRIDE;
      int done = 0;
      while (taken.get(counter) < size) {
        int index = taken.getAndIncrement(counter);
        if (index >= size) {
          break;
        }
        try {
          if (failure.get() == null) {
            task.run(first + index, scratch);
          }
        } catch (Throwable thrown) {
          failure.compareAndSet(null, thrown);
        }
        done++;
      }
      return done;
    }

    private int firstOfRange(int range) {
      return (int) ((long) range * tasks / threads);
    }

    void awaitEnd() {
      for (int spins = 0; finished.get() < tasks; spins++) {
        // More threads than cores: let the one that has the last task run.
        if (spins > SPINS_BEFORE_YIELD) {
          Thread.yield();
        } else {
          Thread.onSpinWait();
        }
      }
      switch (failure.get()) {
        case null -> {}
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case Throwable t -> throw new IllegalStateException("a parallel task failed", t);
      }
    }
  }

  private final class Member implements Runnable {
    /** From 1; the caller is number 0. */
    private final int number;

    private volatile Thread parked;

    Member(int number) {
      this.number = number;
    }

    @Override
    public void run() {
      Scratch scratch = Scratch.ofThisThread();
      Region last = null;
      while (!closed) {
        last = awaitRegion(last);
        if (last != null) {
          ThreadTeam.this.wake(2 * number);
          ThreadTeam.this.wake(2 * number + 1);
          last.work(number, scratch);
        }
      }
    }

    private Region awaitRegion(Region last) {
      long start = System.nanoTime();
      while (region == last && !closed) {
        for (int i = 0; i < SPINS_PER_CLOCK_READ && region == last; i++) {
          Thread.onSpinWait();
        }
        if (System.nanoTime() - start > SPIN_NANOS) {
          parked = Thread.currentThread();
          if (region == last && !closed) {
            LockSupport.park(ThreadTeam.this);
          }
          parked = null;
        }
      }
      return region;
    }

    void wake() {
      Thread thread = parked;
      if (thread != null) {
        LockSupport.unpark(thread);
      }
    }
  }
}
