package io.github.deit4j.inference;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Things that wait to be worked on together. A thread of its own takes what waits: up to a number
 * at once, and the first of them no later than a time after it came, unless work is still going on.
 *
 * @param <T> what waits
 * @param <R> what comes of it
 */
final class BatchQueue<T, R> implements AutoCloseable {
  private final int mostAtOnce;
  private final long patience;
  private final int capacity;
  private final Function<List<T>, List<R>> work;
  private final Thread worker;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Entry<T, R>> waiting = new ArrayDeque<>();
  private boolean closed;

  private record Entry<T, R>(T thing, CompletableFuture<R> result, long since) {}

  /**
   * Starts the thread.
   *
   * @param mostAtOnce how many things are worked on together at most
   * @param patience how long a thing waits for others at most
   * @param capacity how many things may wait
   * @param work returns a result for each thing, in their order; called by one thread
   */
  BatchQueue(
      String name,
      int mostAtOnce,
      Duration patience,
      int capacity,
      Function<List<T>, List<R>> work) {
    this.mostAtOnce = mostAtOnce;
    this.patience = patience.toNanos();
    this.capacity = capacity;
    this.work = work;
    this.worker = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /**
   * Adds things, all or none.
   *
   * @return their results, in their order; one that is cancelled before its turn is not worked on
   * @throws QueueFullException if there is no room for all of them
   * @throws IllegalStateException after {@link #close}
   */
  List<CompletableFuture<R>> add(List<T> things) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the queue is closed: nothing more is taken");
      }
      if (waiting.size() + things.size() > capacity) {
        throw new QueueFullException(capacity, waiting.size(), things.size());
      }
      long now = System.nanoTime();
      List<CompletableFuture<R>> results = new ArrayList<>(things.size());
      for (T thing : things) {
        var result = new CompletableFuture<R>();
        waiting.add(new Entry<>(thing, result, now));
        results.add(result);
      }
      changed.signal();
      return results;
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many things wait. */
  int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    for (List<Entry<T, R>> batch = take(); !batch.isEmpty(); batch = take()) {
      try {
        List<R> results = work.apply(batch.stream().map(Entry::thing).toList());
        for (int i = 0; i < batch.size(); i++) {
          batch.get(i).result().complete(results.get(i));
        }
      } catch (RuntimeException | Error e) {
        // What is the matter with this work is said to those who wait for it; the next may succeed.
        batch.forEach(entry -> entry.result().completeExceptionally(e));
      }
    }
  }

  /** Waits for the next things; returns none when the queue is closed and empty. */
  private List<Entry<T, R>> take() {
    lock.lock();
    try {
      List<Entry<T, R>> batch = new ArrayList<>();
      while (batch.isEmpty()) {
        while (waiting.isEmpty() && !closed) {
          changed.awaitUninterruptibly();
        }
        if (waiting.isEmpty()) {
          return batch;
        }
        awaitMore();
        while (batch.size() < mostAtOnce && !waiting.isEmpty()) {
          Entry<T, R> next = waiting.poll();
          if (!next.result().isDone()) {
            batch.add(next);
          }
        }
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void awaitMore() {
    long end = waiting.peek().since() + patience;
    try {
      long left = end - System.nanoTime();
      while (waiting.size() < mostAtOnce && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; and if somebody did, the things would be worked on now.
      Thread.currentThread().interrupt();
    }
  }

  /** Takes nothing more, and returns when everything that waits has been worked on. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (worker.isAlive()) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
