package io.github.deit4j.collective;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Ranks that are threads of one JVM. Memory goes from one to the other by copying; there is no
 * time-out, since a thread that ends without a word is noticed by {@link #run}.
 */
public final class Local extends Collective {
  /** What every rank does. */
  @FunctionalInterface
  public interface Work<T> {
    /**
     * Does one rank's share.
     *
     * @param collective the rank's view of the others; closed when this returns
     */
    T run(Collective collective) throws Exception;
  }

  private static final int INTERNAL_ERROR = 70;

  private final Meeting meeting;
  private final int rank;

  private Local(Meeting meeting, int rank) {
    this.meeting = meeting;
    this.rank = rank;
  }

  /**
   * Returns so many ranks, each for a thread of its own. Whoever starts the threads sees to it that
   * one that fails calls {@link #abort}, or the others wait for it for ever.
   *
   * @throws IllegalArgumentException if there is not one rank at least
   */
  public static List<Collective> ranks(int size) {
    if (size < 1) {
      throw new IllegalArgumentException("ranks: expected 1 or more, found " + size);
    }
    Meeting meeting = new Meeting(size);
    return IntStream.range(0, size).<Collective>mapToObj(i -> new Local(meeting, i)).toList();
  }

  /**
   * Runs ranks on threads of their own and waits for all. When one fails, the others are told at
   * their next call.
   *
   * @return what the ranks returned, in their order
   * @throws ExecutionException what the first rank that failed threw is its cause; what others
   *     threw on their own account is suppressed in that
   * @throws InterruptedException if the calling thread was interrupted; the ranks have been, too
   */
  public static <T> List<T> run(int size, Work<T> work)
      throws ExecutionException, InterruptedException {
    List<FutureTask<T>> tasks = new ArrayList<>();
    for (Collective rank : ranks(size)) {
      tasks.add(new FutureTask<>(task(rank, work)));
    }
    List<Thread> threads = new ArrayList<>();
    for (FutureTask<T> task : tasks) {
      threads.add(Thread.ofPlatform().name("deit4j-rank-" + threads.size()).start(task));
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      threads.forEach(Thread::interrupt);
      throw e;
    }
    return results(tasks);
  }

  private static <T> Callable<T> task(Collective rank, Work<T> work) {
    return () -> {
      try (rank) {
        return work.run(rank);
      } catch (Throwable e) {
        rank.abort(INTERNAL_ERROR, e.toString());
        throw e;
      }
    };
  }

  private static <T> List<T> results(List<FutureTask<T>> tasks)
      throws ExecutionException, InterruptedException {
    List<T> results = new ArrayList<>();
    List<ExecutionException> failures = new ArrayList<>();
    for (FutureTask<T> task : tasks) {
      try {
        results.add(task.get());
      } catch (ExecutionException e) {
        failures.add(e);
      }
    }
    if (failures.isEmpty()) {
      return results;
    }
    List<ExecutionException> own =
        failures.stream()
            .filter(failure -> !(failure.getCause() instanceof CollectiveException.Aborted))
            .toList();
    ExecutionException first = own.isEmpty() ? failures.getFirst() : own.getFirst();
    own.stream().skip(1).forEach(other -> first.getCause().addSuppressed(other.getCause()));
    throw first;
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return meeting.size;
  }

  @Override
  public String description() {
    return "threads of one process";
  }

  @Override
  protected void exchangeAll(List<MemorySegment> send, List<MemorySegment> receive)
      throws InterruptedException {
    meeting.meet(
        rank,
        new Call("exchange", send),
        other -> copy("exchange", other, meeting.piece(other, rank), receive.get(other)));
  }

  @Override
  protected void gatherAll(List<MemorySegment> parts) throws InterruptedException {
    meeting.meet(
        rank,
        new Call("gather", parts),
        other -> {
          if (other != rank) {
            copy("gather", other, meeting.piece(other, other), parts.get(other));
          }
        });
  }

  @Override
  protected void broadcastFrom(MemorySegment data, int root) throws InterruptedException {
    meeting.meet(
        rank,
        new Call("broadcast from " + root, List.of(data)),
        other -> {
          if (other == root && rank != root) {
            copy("broadcast", root, meeting.piece(root, 0), data);
          }
        });
  }

  @Override
  public void barrier() throws InterruptedException {
    meeting.meet(rank, new Call("barrier", List.of()), other -> {});
  }

  private void copy(String call, int from, MemorySegment sent, MemorySegment to) {
    if (sent.byteSize() != to.byteSize()) {
      throw new CollectiveException.Mismatch(
          "%s: rank %d expected %d bytes from rank %d, which has %d"
              .formatted(call, rank, to.byteSize(), from, sent.byteSize()));
    }
    to.copyFrom(sent);
  }

  @Override
  public void requireGoing() {
    meeting.refuseAborted();
  }

  @Override
  public void abort(int code, String reason) {
    meeting.abort(rank, code, reason);
  }

  @Override
  public void close() {
    // Every call has ended when it returned, and nothing is held.
  }

  /** What a rank has called, and with what. */
  private record Call(String name, List<MemorySegment> pieces) {}

  /** Who has ended the work, and why. */
  private record Abort(int rank, int code, String reason) {}

  /** Where the ranks wait for each other: until all have brought something, and have taken it. */
  private static final class Meeting {
    private final int size;
    private final Call[] calls;
    private int waiting;
    private long round;
    private Abort abort;

    Meeting(int size) {
      this.size = size;
      this.calls = new Call[size];
    }

    /** Brings a call, takes from all in order when all are there, and waits until all have. */
    void meet(int rank, Call call, IntConsumer take) throws InterruptedException {
      synchronized (this) {
        calls[rank] = call;
      }
      await();
      for (int other = 0; other < size; other++) {
        if (!calls[other].name.equals(call.name)) {
          throw new CollectiveException.Mismatch(
              "rank %d calls %s while rank %d calls %s"
                  .formatted(rank, call.name, other, calls[other].name));
        }
        take.accept(other);
      }
      await();
    }

    MemorySegment piece(int rank, int index) {
      return calls[rank].pieces.get(index);
    }

    private synchronized void await() throws InterruptedException {
      refuseAborted();
      long mine = round;
      waiting++;
      if (waiting == size) {
        waiting = 0;
        round++;
        notifyAll();
      }
      while (round == mine) {
        wait();
        if (round == mine) {
          refuseAborted();
        }
      }
    }

    synchronized void refuseAborted() {
      if (abort != null) {
        throw new CollectiveException.Aborted(abort.rank, abort.code, abort.reason);
      }
    }

    synchronized void abort(int rank, int code, String reason) {
      if (abort == null) {
        abort = new Abort(rank, code, reason);
        notifyAll();
      }
    }
  }
}
