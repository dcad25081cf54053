package io.github.deit4j.collective.mpi;

import io.github.deit4j.bindings.LoadReport;
import io.github.deit4j.bindings.MpiAbi;
import io.github.deit4j.bindings.MpiFamily;
import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.CollectiveException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/**
 * Ranks that are processes which a launcher of MPI has started. There can be one per process, once.
 *
 * <p>Every call waits for the other ranks, at most {@link #PATIENCE} without a byte from them.
 * After a failure memory that was handed over must stay until the process ends: the library may
 * still write to it.
 */
public final class Mpi extends Collective {
  /** The environment variable with another time, in seconds. */
  public static final String TIMEOUT_VARIABLE = "DEIT4J_MPI_TIMEOUT";

  /** Ranks lose patience one after the other, so that the first can say why and end the rest. */
  private static final Duration MORE_PATIENCE_PER_RANK = Duration.ofMillis(500);

  private static final int MOST_RANKS_IN_TURN = 20;

  /** How long the library has to end all processes. */
  private static final int ABORT_SECONDS = 10;

  /**
   * What this process has said goes through the launcher, and MPICH's throws away what it has not
   * read of a process that ends all.
   */
  private static final int LAST_WORDS_MILLIS = 300;

  private static final int EXCHANGE = 1;
  private static final int GATHER = 2;
  private static final int BROADCAST = 3;
  private static final int BARRIER = 4;

  private final ExecutorService thread;
  private final MpiCalls mpi;
  private final int rank;
  private final int size;
  private final String description;
  private final Duration patience;

  /** Set when nothing is delivered any more. */
  private volatile boolean over;

  private Mpi(
      ExecutorService thread, MpiCalls mpi, int rank, int size, String description, Duration wait) {
    this.thread = thread;
    this.mpi = mpi;
    this.rank = rank;
    this.size = size;
    this.description = description;
    this.patience =
        wait.plus(MORE_PATIENCE_PER_RANK.multipliedBy(Math.min(rank, MOST_RANKS_IN_TURN)));
  }

  /**
   * Loads the library that fits the launcher, and meets the other ranks.
   *
   * @param launch how this process was started
   * @param patience how long every call waits without a byte from the others
   * @throws CollectiveException.Failed if there is no library, if it fails, or if it does not know
   *     the launcher's other processes
   */
  public static Mpi start(Launch launch, Duration patience) throws InterruptedException {
    LoadReport loaded = NativeLibraries.mpi(launch.launcher().family());
    String place =
        loaded
            .place()
            .orElseThrow(() -> failed(launch.launcher() + " started this process, but " + loaded));
    String library = MpiAbi.libraryVersion();
    ExecutorService thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("deit4j-mpi").daemon()::unstarted);
    Mpi mpi =
        call(
            thread,
            () -> {
              MpiCalls calls = new MpiCalls(loaded);
              return new Mpi(thread, calls, calls.rank(), calls.size(), library, patience);
            });
    if (mpi.size != launch.size() || mpi.rank != launch.rank()) {
      throw failed(
          "%s started %d processes, but %s (%s) knows of %d: launcher and library are not of the same MPI; start with the launcher that belongs to the library, or name the launcher's own library with DEIT4J_MPI=FILE"
              .formatted(launch.launcher(), launch.size(), library, place, mpi.size));
    }
    return mpi;
  }

  /**
   * Returns the library that this machine has in words, with its place; nothing without one. Loads
   * it, but begins nothing.
   */
  public static Optional<String> library() {
    return NativeLibraries.mpi(MpiFamily.ANY)
        .place()
        .map(place -> MpiAbi.libraryVersion() + " (" + place + ")");
  }

  private static CollectiveException.Failed failed(String message) {
    return new CollectiveException.Failed(message, "MPI");
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public Duration patience() {
    return patience;
  }

  @Override
  public void requireGoing() {
    if (over) {
      throw failed("this rank has given up already: no call is of use after one that failed");
    }
  }

  @Override
  protected void exchangeAll(List<MemorySegment> send, List<MemorySegment> receive)
      throws InterruptedException {
    receive.get(rank).copyFrom(send.get(rank));
    Transfer transfer = new Transfer("exchange", EXCHANGE);
    for (int peer : others()) {
      transfer.receive(peer, receive.get(peer)).send(peer, send.get(peer));
    }
    deliver(transfer);
  }

  @Override
  protected void gatherAll(List<MemorySegment> parts) throws InterruptedException {
    Transfer transfer = new Transfer("gather", GATHER);
    for (int peer : others()) {
      transfer.receive(peer, parts.get(peer)).send(peer, parts.get(rank));
    }
    deliver(transfer);
  }

  /** Every rank has the data from one and hands them on to as many as there are bits to set. */
  @Override
  protected void broadcastFrom(MemorySegment data, int root) throws InterruptedException {
    int place = Math.floorMod(rank - root, size);
    int lowest = place == 0 ? Integer.highestOneBit(size - 1) << 1 : Integer.lowestOneBit(place);
    if (place != 0) {
      int parent = (place - lowest + root) % size;
      deliver(new Transfer("broadcast", BROADCAST).receive(parent, data));
    }
    Transfer transfer = new Transfer("broadcast", BROADCAST);
    for (int bit = lowest >> 1; bit > 0; bit >>= 1) {
      if (place + bit < size) {
        transfer.send((place + bit + root) % size, data);
      }
    }
    deliver(transfer);
  }

  @Override
  public void barrier() throws InterruptedException {
    Transfer transfer = new Transfer("barrier", BARRIER);
    for (int peer : others()) {
      transfer.receive(peer, MemorySegment.NULL).send(peer, MemorySegment.NULL);
    }
    deliver(transfer);
  }

  /** Returns the other ranks, beginning behind this one: not all send to the same at once. */
  private int[] others() {
    return IntStream.range(1, size).map(step -> (rank + step) % size).toArray();
  }

  private void deliver(Transfer transfer) throws InterruptedException {
    requireGoing();
    try {
      boolean delivered = call(thread, () -> transfer.deliver(mpi, patience, () -> over));
      if (!delivered) {
        throw failed("this rank ends the work");
      }
    } catch (CollectiveException | InterruptedException e) {
      over = true;
      throw e;
    }
  }

  /**
   * {@inheritDoc} The launcher ends them, and this process too. Returns if it has not within some
   * seconds.
   */
  @Override
  public void abort(int code, String reason) {
    try {
      Thread.sleep(LAST_WORDS_MILLIS); // while others may go on: nothing else ends this process
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    over = true;
    Future<?> ended = thread.submit(() -> mpi.abort(code));
    try {
      ended.get(ABORT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // The caller ends this process, and the launcher or their own patience the others.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** {@inheritDoc} After a failure it only lets go. */
  @Override
  public void close() {
    if (over) {
      return;
    }
    try {
      // Where the library waits, it keeps a core busy.
      barrier();
      over = true;
      thread.submit(mpi::end).get(patience.toSeconds(), TimeUnit.SECONDS);
      thread.shutdown();
    } catch (CollectiveException | ExecutionException | TimeoutException e) {
      over = true;
    } catch (InterruptedException e) {
      over = true;
      Thread.currentThread().interrupt();
    }
  }

  /** Has the thread do something and waits for it. */
  private static <T> T call(ExecutorService thread, Callable<T> work) throws InterruptedException {
    try {
      return thread.submit(work).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
