package io.github.deit4j.bench;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;

/** Clients of a server, each of which sends a request when the one before has been answered. */
final class LoadGenerator {
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;
  private static final int RETRY_MILLIS = 10;

  private final InetSocketAddress server;
  private final List<byte[]> requests;

  /**
   * Prepares the requests that all clients send in turn.
   *
   * @param requests whole ones, see {@link LoadConnection#post}
   */
  LoadGenerator(InetSocketAddress server, List<byte[]> requests) {
    this.server = server;
    this.requests = requests;
  }

  /**
   * What came of it.
   *
   * @param clients how many sent requests
   * @param seconds from the end of the warm-up to the last answer
   * @param latencies of the answers that were OK, in nanoseconds, the shortest first
   * @param refused answers that said to come again later, and connections refused
   * @param failed other answers
   * @param lost requests whose connection ended without an answer
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record Outcome(
      int clients, double seconds, long[] latencies, long refused, long failed, long lost) {
    double perSecond() {
      return latencies.length / seconds;
    }

    /** Returns the time in milliseconds within which a share of the requests was answered. */
    double milliseconds(double share) {
      if (latencies.length == 0) {
        return Double.NaN;
      }
      int index = (int) Math.ceil(share * latencies.length) - 1;
      return latencies[Math.clamp(index, 0, latencies.length - 1)] / 1e6;
    }
  }

  /** What one client counts. */
  private static final class Tally {
    private final LongStream.Builder latencies = LongStream.builder();
    private long refused;
    private long failed;
    private long lost;

    void add(int status, long nanos) {
      switch (status) {
        case OK -> latencies.add(nanos);
        case UNAVAILABLE -> refused++;
        default -> failed++;
      }
    }
  }

  /**
   * Sends requests.
   *
   * @param warmUp for how long nothing is counted
   * @param time for how long more requests are sent; counted are all answers after the warm-up
   */
  Outcome run(int clients, Duration warmUp, Duration time)
      throws InterruptedException, ExecutionException {
    long begin = System.nanoTime() + warmUp.toNanos();
    long end = begin + time.toNanos();
    List<Callable<Tally>> tasks = new ArrayList<>();
    for (int client = 0; client < clients; client++) {
      int first = client;
      tasks.add(() -> send(first, begin, end));
    }
    List<Tally> tallies = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Tally> each : threads.invokeAll(tasks)) {
        tallies.add(each.get());
      }
    }
    long[] latencies = tallies.stream().flatMapToLong(t -> t.latencies.build()).toArray();
    Arrays.sort(latencies);
    return new Outcome(
        clients,
        (System.nanoTime() - begin) / 1e9,
        latencies,
        tallies.stream().mapToLong(t -> t.refused).sum(),
        tallies.stream().mapToLong(t -> t.failed).sum(),
        tallies.stream().mapToLong(t -> t.lost).sum());
  }

  private Tally send(int first, long begin, long end) throws InterruptedException, IOException {
    Tally tally = new Tally();
    int next = first;
    try (LoadConnection connection = new LoadConnection(server)) {
      for (long now = System.nanoTime(); now < end; now = System.nanoTime()) {
        try {
          int status = connection.send(requests.get(next++ % requests.size()));
          long answered = System.nanoTime();
          if (answered >= begin) {
            tally.add(status, answered - now);
          }
        } catch (ConnectException e) {
          tally.refused++;
          Thread.sleep(RETRY_MILLIS);
        } catch (IOException e) {
          tally.lost++;
        }
      }
    }
    return tally;
  }
}
