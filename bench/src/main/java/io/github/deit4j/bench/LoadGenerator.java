package io.github.deit4j.bench;

import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.io.IOException;
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

  private final List<HttpRequest> requests;
  private final HttpClient http;

  /**
   * Prepares the requests that all clients send in turn.
   *
   * @param http connects them
   */
  LoadGenerator(HttpClient http, List<HttpRequest> requests) {
    this.http = http;
    this.requests = requests;
  }

  /**
   * What came of it.
   *
   * @param clients how many sent requests
   * @param seconds how long it was counted
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
  }

  /**
   * Sends requests.
   *
   * @param warmUp for how long nothing is counted
   * @param time for how long it is counted
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
        time.toNanos() / 1e9,
        latencies,
        tallies.stream().mapToLong(t -> t.refused).sum(),
        tallies.stream().mapToLong(t -> t.failed).sum(),
        tallies.stream().mapToLong(t -> t.lost).sum());
  }

  private Tally send(int first, long begin, long end) throws InterruptedException {
    Tally tally = new Tally();
    int next = first;
    for (long now = System.nanoTime(); now < end; now = System.nanoTime()) {
      HttpRequest request = requests.get(next++ % requests.size());
      try {
        HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
        long answered = System.nanoTime();
        if (answered < begin || answered > end) {
          continue;
        }
        switch (response.statusCode()) {
          case OK -> tally.latencies.add(answered - now);
          case UNAVAILABLE -> tally.refused++;
          default -> tally.failed++;
        }
      } catch (ConnectException e) {
        tally.refused++;
        Thread.sleep(10);
      } catch (IOException e) {
        tally.lost++;
      }
    }
    return tally;
  }
}
