package io.github.deit4j.data;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.BadImageLog.TooManyBadImagesException;
import io.github.deit4j.data.BatchDecoder.DecodedBatch;
import io.github.deit4j.data.BatchDecoder.Sample;
import io.github.deit4j.data.Dataset.Reduction;
import io.github.deit4j.random.Purpose;
import java.util.ArrayList;
import java.util.List;

/**
 * The training batches of a run, epoch after epoch without end, decoded ahead on threads of its
 * own. Samples that don't fill a batch at an epoch's end are left out.
 *
 * <p>Every draw is keyed by seed, epoch and position in the epoch's order. So a batch depends on
 * data set, transforms, batch size, seed, epoch and step only: the number of threads and the step
 * at which a run was resumed change nothing.
 *
 * <p>In the place of an image that can't be read stands the next readable one of the epoch's order.
 * Unreadable images are counted when the batch that met them is taken, each image once, and one
 * more than allowed ends the run. All methods are called by one thread.
 */
public final class BatchLoader implements AutoCloseable {
  private static final int AHEAD = 2;

  private final Builder settings;
  private final Dataset dataset;
  private final BatchDecoder decoder;

  // The batch to submit next.
  private int epoch;
  private int step;
  private EpochOrder order;

  private BatchLoader(Builder settings) {
    this.settings = settings;
    this.dataset = settings.dataset;
    this.epoch = settings.epoch;
    this.step = settings.step;
    this.order = newOrder();
    this.decoder = new BatchDecoder(settings.threads);
    submitAhead();
  }

  /**
   * Starts to set up a loader.
   *
   * @param dataset the images; stays the caller's to close, after the loader
   * @param transform makes every image one shape
   */
  public static Builder builder(Dataset dataset, Transform transform) {
    return new Builder(dataset, transform);
  }

  /** Returns the number of whole batches in an epoch. */
  public int stepsPerEpoch() {
    return dataset.size() / settings.batchSize;
  }

  /**
   * Returns the next batch, waiting for it if need be.
   *
   * @throws TooManyBadImagesException if the batch met one unreadable image more than allowed
   * @throws DatasetException if no image of the data set can be read
   * @throws io.github.deit4j.tensor.ShapeException if the transforms leave images of several shapes
   * @throws InterruptedException if the thread is interrupted; the batch can be asked for again
   * @throws IllegalStateException after {@link #close}
   */
  public SampleBatch next() throws DatasetException, InterruptedException {
    DecodedBatch decoded = decoder.take();
    settings.badImages.addAll(decoded.bad());
    if (decoded.missing() > 0) {
      throw settings.badImages.noneLeft(dataset);
    }
    submitAhead();
    return decoded.batch();
  }

  private void submitAhead() {
    while (decoder.underWay() < AHEAD) {
      if (step == stepsPerEpoch()) {
        epoch++;
        step = 0;
        order = newOrder();
      }
      int submitEpoch = epoch;
      EpochOrder submitOrder = order;
      int from = step * settings.batchSize;
      decoder.submit(
          epoch,
          step,
          from,
          from + settings.batchSize,
          position -> decode(submitOrder, submitEpoch, position));
      step++;
    }
  }

  private EpochOrder newOrder() {
    return new EpochOrder(dataset.size(), settings.seed, epoch, settings.repeats);
  }

  private Sample decode(EpochOrder epochOrder, int sampleEpoch, int position) {
    List<BadImage> bad = new ArrayList<>();
    int limit = settings.badImages.limit();
    for (int attempt = 0; attempt < epochOrder.size() && bad.size() <= limit; attempt++) {
      int index = epochOrder.substitute(position, attempt);
      try {
        Image image = dataset.image(index, reduction(sampleEpoch, position));
        var random = Purpose.TRANSFORM.stream(settings.seed, sampleEpoch, position);
        return new Sample(settings.transform.apply(image, random), dataset.label(index), bad);
      } catch (CorruptImageException e) {
        bad.add(BadImage.of(index, e));
      }
    }
    return new Sample(null, -1, bad);
  }

  /** The transforms draw from the same numbers here as when the image is there. */
  private Reduction reduction(int sampleEpoch, int position) {
    return !settings.reduced
        ? Reduction.NONE
        : (height, width) ->
            settings.transform.reduction(
                height, width, Purpose.TRANSFORM.stream(settings.seed, sampleEpoch, position));
  }

  /** Ends the loader's threads. The data set stays open. */
  @Override
  public void close() {
    decoder.close();
  }

  /** The settings of a loader. */
  public static final class Builder {
    private final Dataset dataset;
    private final Transform transform;
    private int batchSize = 1;
    private long seed;
    private int threads = 1;
    private int repeats = 1;
    private boolean reduced;
    private int epoch;
    private int step;
    private BadImageLog badImages = new BadImageLog(0, image -> {});

    private Builder(Dataset dataset, Transform transform) {
      this.dataset = dataset;
      this.transform = transform;
    }

    /** Sets the images of a batch, the effective batch of a training step; 1 if not set. */
    public Builder batchSize(int images) {
      batchSize = images;
      return this;
    }

    /** Sets the run's seed; 0 if not set. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** Sets the number of threads that decode; 1 if not set. */
    public Builder threads(int count) {
      threads = count;
      return this;
    }

    /** Sets how many times in a row an epoch takes an image, see {@link EpochOrder}. */
    public Builder repeats(int times) {
      repeats = times;
      return this;
    }

    /** Decodes large images at a reduced size where a transform makes them smaller anyway. */
    public Builder reducedDecode(boolean on) {
      reduced = on;
      return this;
    }

    /**
     * Sets the first batch; the step may be {@link BatchLoader#stepsPerEpoch}, where an epoch
     * ended.
     */
    public Builder start(int atEpoch, int atStep) {
      epoch = atEpoch;
      step = atStep;
      return this;
    }

    /** Sets who counts unreadable images and ends the run; none is allowed if not set. */
    public Builder badImages(BadImageLog log) {
      badImages = log;
      return this;
    }

    /**
     * Opens the loader and starts to decode.
     *
     * @throws DatasetException if the data set doesn't fill one batch
     * @throws IllegalArgumentException if a setting is out of range
     */
    public BatchLoader open() throws DatasetException {
      require(batchSize > 0, "batch size must be positive", batchSize);
      require(repeats > 0, "repeats must be positive", repeats);
      require(epoch >= 0, "the first epoch must not be negative", epoch);
      if (dataset.size() < batchSize) {
        throw new DatasetException(
            ("the data set has %d images, fewer than one batch of %d: take a smaller batch or fewer"
                    + " accumulated batches, or more images")
                .formatted(dataset.size(), batchSize));
      }
      require(
          step >= 0 && step <= dataset.size() / batchSize,
          "the first step must be of 0 to " + dataset.size() / batchSize,
          step);
      return new BatchLoader(this);
    }

    private static void require(boolean condition, String expectation, int found) {
      if (!condition) {
        throw new IllegalArgumentException("data loader: " + expectation + ", found " + found);
      }
    }
  }
}
