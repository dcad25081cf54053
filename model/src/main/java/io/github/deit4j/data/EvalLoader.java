package io.github.deit4j.data;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.BatchDecoder.DecodedBatch;
import io.github.deit4j.data.BatchDecoder.Sample;
import io.github.deit4j.random.Purpose;
import java.util.List;
import java.util.Optional;

/**
 * All images of a data set, once and in order, in batches decoded ahead; the last may be smaller.
 * An image that can't be read is left out and counted, when the batch it belongs to is taken. All
 * methods are called by one thread.
 */
public final class EvalLoader implements AutoCloseable {
  private static final int AHEAD = 2;
  // Evaluation transforms draw nothing; a stream is handed over all the same, keyed by position.
  private static final long SEED = 0;

  private final Dataset dataset;
  private final Transform transform;
  private final int batchSize;
  private final BadImageLog badImages;
  private final BatchDecoder decoder;
  private int submitted;

  /**
   * Opens a loader and starts to decode.
   *
   * @param dataset the images; stays the caller's to close, after the loader
   * @param transform makes every image one shape
   * @param batchSize images of a batch, positive
   * @param threads threads that decode, positive
   * @param badImages counts unreadable images
   * @throws IllegalArgumentException if batch size or threads are not positive
   */
  public EvalLoader(
      Dataset dataset, Transform transform, int batchSize, int threads, BadImageLog badImages) {
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "data loader: batch size must be positive, found " + batchSize);
    }
    this.dataset = dataset;
    this.transform = transform;
    this.batchSize = batchSize;
    this.badImages = badImages;
    this.decoder = new BatchDecoder(threads);
    submitAhead();
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
    while (decoder.underWay() > 0) {
      DecodedBatch decoded = decoder.take();
      badImages.addAll(decoded.bad());
      submitAhead();
      if (decoded.batch() != null) {
        return Optional.of(decoded.batch());
      }
    }
    if (badImages.count() == dataset.size()) {
      throw badImages.noneLeft(dataset);
    }
    return Optional.empty();
  }

  private void submitAhead() {
    while (decoder.underWay() < AHEAD && submitted < dataset.size()) {
      int from = submitted;
      int to = Math.min(dataset.size() - from, batchSize) + from;
      decoder.submit(0, from / batchSize, from, to, this::decode);
      submitted = to;
    }
  }

  private Sample decode(int index) {
    try {
      var random = Purpose.TRANSFORM.stream(SEED, 0, index);
      Image image = transform.apply(dataset.image(index), random);
      return new Sample(image, dataset.label(index), List.of());
    } catch (CorruptImageException e) {
      return new Sample(null, -1, List.of(BadImage.of(index, e)));
    }
  }

  /** Ends the loader's threads. The data set stays open. */
  @Override
  public void close() {
    decoder.close();
  }
}
