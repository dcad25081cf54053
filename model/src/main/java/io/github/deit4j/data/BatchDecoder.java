package io.github.deit4j.data;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.tensor.ShapeException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Decodes batches ahead on threads of its own. What a sample is depends on its position only, so
 * the number of threads changes nothing but the time it takes. All methods are called by one
 * thread.
 */
final class BatchDecoder implements AutoCloseable {
  private static final int AHEAD = 2;

  private final int threads;
  private final Supplier<Request> requests;
  private final ExecutorService pool;
  private final Queue<CompletableFuture<DecodedBatch>> underWay = new ArrayDeque<>();

  /**
   * A batch to decode.
   *
   * @param from its first position
   * @param to its last position + 1
   * @param decoders gives each thread what makes the samples of its positions, in their order
   */
  record Request(int epoch, int step, int from, int to, Supplier<IntFunction<Sample>> decoders) {}

  /**
   * Starts to decode.
   *
   * @param requests gives one batch after the other, and null when there are no more
   */
  BatchDecoder(int threads, Supplier<Request> requests) {
    Transform.require(threads > 0, "data loader: needs at least one thread", threads);
    this.threads = threads;
    this.requests = requests;
    this.pool =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().name("deit4j-data-", 0).daemon(true).factory());
    for (int i = 0; i < AHEAD; i++) {
      startNext();
    }
  }

  private void startNext() {
    Request request = requests.get();
    if (request == null) {
      return;
    }
    long size = request.to - request.from;
    List<CompletableFuture<List<Sample>>> parts = new ArrayList<>(threads);
    for (int part = 0; part < threads; part++) {
      int first = request.from + (int) (size * part / threads);
      int last = request.from + (int) (size * (part + 1) / threads);
      parts.add(
          CompletableFuture.supplyAsync(
              () -> decodeRange(first, last, request.decoders.get()), pool));
    }
    // On the thread that decodes the last part: in the pool's queue it would stand behind the parts
    // of the next batch, and wait for that batch's images.
    underWay.add(
        CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
            .thenApply(done -> DecodedBatch.of(request.epoch, request.step, joined(parts))));
  }

  private static List<Sample> decodeRange(int first, int last, IntFunction<Sample> decode) {
    List<Sample> samples = new ArrayList<>(last - first);
    for (int position = first; position < last; position++) {
      if (Thread.interrupted()) {
        throw new CancellationException("the data loader was closed");
      }
      samples.add(decode.apply(position));
    }
    return samples;
  }

  private static List<Sample> joined(List<CompletableFuture<List<Sample>>> parts) {
    return parts.stream().map(CompletableFuture::join).flatMap(List::stream).toList();
  }

  /**
   * Waits for the next batch and takes it, or null at the end; rethrows what a data set or
   * transform threw. Nothing is taken if the wait is interrupted.
   */
  DecodedBatch take() throws InterruptedException {
    if (pool.isShutdown()) {
      throw new IllegalStateException("data loader: used after close");
    }
    if (underWay.isEmpty()) {
      return null;
    }
    try {
      DecodedBatch batch = underWay.element().get();
      underWay.remove();
      startNext();
      return batch;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Error error -> throw error;
        case RuntimeException exception -> throw exception;
        default -> throw new IllegalStateException("data loader: " + e.getCause(), e);
      }
    }
  }

  /** Ends the threads and waits for them, so that the data set may be closed afterwards. */
  @Override
  public void close() {
    pool.shutdownNow();
    try {
      pool.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * What decoding one position of a batch gave.
   *
   * @param image the transformed image, or null if none could be read
   * @param index its index in the data set
   * @param label the image's class
   * @param bad the unreadable images met on the way, in the order met
   */
  record Sample(Image image, int index, int label, List<BadImage> bad) {
    Sample withoutBad() {
      return new Sample(image, index, label, List.of());
    }

    static Sample missing(List<BadImage> bad) {
      return new Sample(null, -1, -1, bad);
    }
  }

  /**
   * The samples of a batch, laid side by side.
   *
   * @param batch the images that could be read, or null if there are none
   * @param missing number of positions without an image
   * @param bad the unreadable images met, in the order of the positions; an image may come twice
   */
  record DecodedBatch(SampleBatch batch, int missing, List<BadImage> bad) {
    static DecodedBatch of(int epoch, int step, List<Sample> samples) {
      List<Sample> good = samples.stream().filter(sample -> sample.image() != null).toList();
      List<BadImage> bad = samples.stream().flatMap(sample -> sample.bad().stream()).toList();
      SampleBatch batch = good.isEmpty() ? null : pack(epoch, step, good);
      return new DecodedBatch(batch, samples.size() - good.size(), bad);
    }

    private static SampleBatch pack(int epoch, int step, List<Sample> samples) {
      Image first = samples.getFirst().image();
      int length = first.pixels().length;
      byte[] pixels = new byte[Math.multiplyExact(samples.size(), length)];
      int[] labels = new int[samples.size()];
      int[] indices = new int[samples.size()];
      for (int i = 0; i < labels.length; i++) {
        Image image = samples.get(i).image();
        if (!image.sameShape(first)) {
          throw new ShapeException(
              ("batch: after the transforms all images must have one shape, found %s and %s; end"
                      + " the transforms with a crop or a resize to a fixed size")
                  .formatted(first.shapeText(), image.shapeText()));
        }
        System.arraycopy(image.pixels(), 0, pixels, i * length, length);
        labels[i] = samples.get(i).label();
        indices[i] = samples.get(i).index();
      }
      return new SampleBatch(
          epoch, step, first.channels(), first.height(), first.width(), pixels, labels, indices);
    }
  }
}
