package io.github.deit4j.data;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.BatchDecoder.DecodedBatch;
import io.github.deit4j.data.BatchDecoder.Request;
import io.github.deit4j.data.BatchDecoder.Sample;
import io.github.deit4j.random.Purpose;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * All images of a data set, once and in order, in batches decoded ahead; the last may be smaller.
 * An image that can't be read is left out and told of, when the batch it belongs to is taken. All
 * methods are called by one thread.
 */
public final class EvalLoader implements AutoCloseable {
  // Evaluation transforms draw nothing; a stream is handed over all the same, keyed by position.
  private static final long SEED = 0;

  private final Dataset dataset;
  private final Transform transform;
  private final int batchSize;
  private final BadImageLog badImages;
  private final BatchDecoder decoder;
  private final int from;
  private final int to;
  private int requested;

  /**
   * Opens a loader and starts to decode.
   *
   * @param dataset the images; stays the caller's to close, after the loader
   * @param transform makes every image one shape
   * @param onBadImage hears of each unreadable image
   * @throws IllegalArgumentException if batch size or threads are not positive
   */
  public EvalLoader(
      Dataset dataset,
      Transform transform,
      int batchSize,
      int threads,
      Consumer<BadImage> onBadImage) {
    this(dataset, transform, batchSize, threads, onBadImage, 0, dataset.size());
  }

  /**
   * Opens a loader of the images {@code from} to {@code to} − 1 and starts to decode. Where others
   * have the rest, nothing is wrong if none of these can be read.
   *
   * @param dataset the images; stays the caller's to close, after the loader
   * @param transform makes every image one shape
   * @param onBadImage hears of each unreadable image
   * @throws IllegalArgumentException if batch size or threads are not positive
   */
  public EvalLoader(
      Dataset dataset,
      Transform transform,
      int batchSize,
      int threads,
      Consumer<BadImage> onBadImage,
      int from,
      int to) {
    Transform.require(batchSize > 0, "data loader: batch size must be positive", batchSize);
    this.dataset = dataset;
    this.transform = transform;
    this.batchSize = batchSize;
    this.badImages = new BadImageLog(Integer.MAX_VALUE, onBadImage);
    this.from = from;
    this.to = to;
    this.requested = from;
    this.decoder = new BatchDecoder(threads, this::request);
  }

  /**
   * Returns the next batch with at least one image, or nothing at the data set's end.
   *
   * @throws DatasetException at the end, if not one image could be read
   * @throws io.github.deit4j.tensor.ShapeException if the transforms leave images of several shapes
   * @throws InterruptedException if the thread is interrupted; the batch can be asked for again
   * @throws IllegalStateException after {@link #close}
   */
  public Optional<SampleBatch> next() throws DatasetException, InterruptedException {
    for (DecodedBatch next = decoder.take(); next != null; next = decoder.take()) {
      badImages.addAll(next.bad());
      if (next.batch() != null) {
        return Optional.of(next.batch());
      }
    }
    if (badImages.count() == dataset.size()) {
      throw badImages.noneLeft(dataset);
    }
    return Optional.empty();
  }

  private Request request() {
    int first = requested;
    requested += Math.min(to - first, batchSize);
    return first == requested
        ? null
        : new Request(0, (first - from) / batchSize, first, requested, () -> this::decode);
  }

  private Sample decode(int index) {
    try {
      var random = Purpose.TRANSFORM.stream(SEED, 0, index);
      Image image = dataset.image(index);
      transform.requireFits(dataset.name(index), image.height(), image.width());
      return new Sample(transform.apply(image, random), index, dataset.label(index), List.of());
    } catch (CorruptImageException e) {
      return Sample.missing(List.of(BadImage.of(index, e)));
    }
  }

  /** Ends the loader's threads. The data set stays open. */
  @Override
  public void close() {
    decoder.close();
  }
}
