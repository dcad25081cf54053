package io.github.deit4j.data;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.BadImageLog.TooManyBadImagesException;
import io.github.deit4j.data.BatchDecoder.DecodedBatch;
import io.github.deit4j.data.BatchDecoder.Request;
import io.github.deit4j.data.BatchDecoder.Sample;
import io.github.deit4j.data.Dataset.Reduction;
import io.github.deit4j.random.Philox;
import io.github.deit4j.random.Purpose;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

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
 *
 * <p>Where a data set has its images in memory, decoded, and the transform only moves their bytes
 * ({@link StoredImages#of}), batches are views of them: looked at for damage here, copied by
 * whoever takes the batch.
 *
 * <p>A loader may decode a part of each batch only, where others have the rest.
 */
public final class BatchLoader implements AutoCloseable {
  private final Dataset dataset;
  private final Transform transform;

  /** Null where samples are made. */
  private final StoredImages stored;

  private final Setup setup;
  private final Part part;
  private final Together together;
  private final BadImageLog badImages;
  private final BatchDecoder decoder;

  // The batch to decode next.
  private int epoch;
  private int step;
  private EpochOrder order;

  /**
   * What batches there are and where to begin.
   *
   * @param batchSize images of a batch, the effective batch of a training step
   * @param seed the run's seed
   * @param repeats how many times in a row an epoch takes an image, see {@link EpochOrder}
   * @param reducedDecode whether to decode large images at a reduced size where a transform makes
   *     them smaller anyway
   * @param epoch epoch of the first batch
   * @param step the first batch in its epoch; may be {@link BatchLoader#stepsPerEpoch}, where an
   *     epoch has just ended
   * @param balanced whether an epoch has equally many images of each class
   */
  public record Setup(
      int batchSize,
      long seed,
      int repeats,
      boolean reducedDecode,
      int epoch,
      int step,
      boolean balanced) {
    /** Of epochs that take every image as often as any other. */
    public Setup(
        int batchSize, long seed, int repeats, boolean reducedDecode, int epoch, int step) {
      this(batchSize, seed, repeats, reducedDecode, epoch, step, false);
    }

    /** Requires a positive batch size, and that nothing is negative. */
    public Setup {
      Transform.require(batchSize > 0, "data loader: batch size must be positive", batchSize);
      Transform.require(
          epoch >= 0 && step >= 0,
          "data loader: the first epoch and step must not be negative",
          epoch,
          step);
    }
  }

  /**
   * Which samples of each batch to decode.
   *
   * @param positions in the batch, ascending
   * @param from of those from here on unreadable images are counted
   * @param to and up to but without this one; others count the rest
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody changes it
  public record Part(int[] positions, int from, int to) {
    /** Returns all of a batch. */
    public static Part all(int batchSize) {
      return new Part(IntStream.range(0, batchSize).toArray(), 0, batchSize);
    }
  }

  /** Brings together the unreadable images that loaders of different parts have met. */
  @FunctionalInterface
  public interface Together {
    /**
     * Returns those of all parts.
     *
     * @param own those of this part of a batch, in the order of the positions
     */
    List<BadImage> of(List<BadImage> own) throws InterruptedException;
  }

  /**
   * Opens a loader of whole batches and starts to decode.
   *
   * @param dataset the images; stays the caller's to close, after the loader
   * @param transform makes every image one shape
   * @param threads threads that decode
   * @param badImages counts unreadable images and ends the run
   * @throws DatasetException if the data set doesn't fill one batch
   * @throws IllegalArgumentException if repeats, the step or threads are out of range
   */
  public BatchLoader(
      Dataset dataset, Transform transform, Setup setup, int threads, BadImageLog badImages)
      throws DatasetException {
    this(dataset, transform, setup, Part.all(setup.batchSize), threads, badImages, own -> own);
  }

  /**
   * Opens a loader of a part of each batch and starts to decode.
   *
   * @param dataset the images; stays the caller's to close, after the loader
   * @param transform makes every image one shape
   * @param threads threads that decode
   * @param badImages counts unreadable images, of all parts, and ends the run
   * @param together is asked once for each batch, on the thread that takes it
   * @throws DatasetException if the data set doesn't fill one batch
   * @throws IllegalArgumentException if repeats, the step or threads are out of range
   */
  public BatchLoader(
      Dataset dataset,
      Transform transform,
      Setup setup,
      Part part,
      int threads,
      BadImageLog badImages,
      Together together)
      throws DatasetException {
    if (dataset.size() < setup.batchSize) {
      throw new DatasetException(
          "the data set has %d images, fewer than one batch of %d: take a smaller batch or fewer"
              + " accumulated batches, or more images",
          dataset.size(), setup.batchSize);
    }
    this.dataset = dataset;
    this.transform = transform;
    this.stored = StoredImages.of(dataset, transform, setup.batchSize).orElse(null);
    this.setup = setup;
    this.part = part;
    this.together = together;
    this.badImages = badImages;
    this.epoch = setup.epoch;
    this.step = setup.step;
    String steps = "data loader: the first step must be of 0 to " + stepsPerEpoch();
    Transform.require(step <= stepsPerEpoch(), steps, step);
    this.order = newOrder();
    this.decoder = new BatchDecoder(threads, this::request);
  }

  /** Returns the number of whole batches in an epoch. */
  public int stepsPerEpoch() {
    return dataset.size() / setup.batchSize;
  }

  /**
   * Returns the next batch, or this loader's part of it, waiting for it if need be.
   *
   * @throws TooManyBadImagesException if the batch met one unreadable image more than allowed
   * @throws DatasetException if no image of the data set can be read
   * @throws io.github.deit4j.tensor.ShapeException if the transforms leave images of several shapes
   * @throws InterruptedException if the thread is interrupted; the batch can be asked for again
   * @throws IllegalStateException after {@link #close}
   */
  public SampleBatch next() throws DatasetException, InterruptedException {
    DecodedBatch decoded = decoder.take();
    badImages.addAll(together.of(decoded.bad()));
    if (decoded.missing() > 0) {
      throw badImages.noneLeft(dataset);
    }
    return decoded.batch();
  }

  private Request request() {
    if (step == stepsPerEpoch()) {
      epoch++;
      step = 0;
      order = newOrder();
    }
    int ofEpoch = epoch;
    EpochOrder inOrder = order;
    int first = step * setup.batchSize;
    return new Request(
        epoch,
        step++,
        0,
        part.positions.length,
        () -> {
          Samples samples = new Samples(inOrder, ofEpoch);
          return i -> samples.at(first, part.positions[i]);
        });
  }

  private EpochOrder newOrder() {
    if (setup.balanced) {
      int[] labels = IntStream.range(0, dataset.size()).map(dataset::label).toArray();
      int classes = dataset.classNames().size();
      return EpochOrder.balanced(labels, classes, setup.seed, epoch, setup.repeats);
    }
    return new EpochOrder(dataset.size(), setup.seed, epoch, setup.repeats);
  }

  /**
   * An image of the data set, or its stored pixels, or null if none can be read, and the unreadable
   * ones before it.
   */
  private record Source(
      int set, int index, Image image, MemorySegment pixels, List<BadImage> bad) {}

  /**
   * Makes the samples of neighbouring positions, on one thread. With repeated augmentation several
   * in a row are copies of one image, which is decoded once for them.
   */
  private final class Samples {
    private final EpochOrder order;
    private final int epoch;
    private Source newest = new Source(-1, -1, null, null, List.of());

    Samples(EpochOrder order, int epoch) {
      this.order = order;
      this.epoch = epoch;
    }

    Sample at(int first, int inBatch) {
      Sample sample = at(first + inBatch);
      return inBatch >= part.from && inBatch < part.to ? sample : sample.withoutBad();
    }

    private Sample at(int position) {
      // At a reduced size it would be another image for each copy: as its own crop allows.
      boolean reduced = setup.reducedDecode && stored == null;
      if (reduced || newest.set != order.set(position)) {
        newest = decode(position);
      }
      int index = newest.index;
      if (index < 0) {
        return Sample.missing(newest.bad);
      }
      Image image = stored == null ? transform.apply(newest.image, random(position)) : null;
      StoredImage view = stored == null ? null : view(position);
      return new Sample(image, view, index, dataset.label(index), newest.bad);
    }

    private StoredImage view(int position) {
      int height = stored.height(newest.index);
      int width = stored.width(newest.index);
      ImageView whole = ImageView.whole(dataset.channels(), height, width);
      return new StoredImage(newest.pixels, transform.view(whole, random(position)).orElseThrow());
    }

    private Source decode(int position) {
      int set = order.set(position);
      List<BadImage> bad = new ArrayList<>();
      for (int i = 0; i < order.size() && bad.size() <= badImages.limit(); i++) {
        int index = order.substitute(position, i);
        try {
          return source(position, index, bad);
        } catch (CorruptImageException e) {
          bad.add(BadImage.of(index, e));
        }
      }
      return new Source(set, -1, null, null, bad);
    }

    private Source source(int position, int index, List<BadImage> bad)
        throws CorruptImageException {
      int set = order.set(position);
      String name = dataset.name(index);
      if (stored != null) {
        MemorySegment pixels = stored.pixels(index);
        transform.requireFits(name, stored.height(index), stored.width(index));
        return new Source(set, index, null, pixels, bad);
      }
      Image image = dataset.image(index, reduction(position));
      transform.requireFits(name, image.height(), image.width());
      return new Source(set, index, image, null, bad);
    }

    /** The transforms draw from the same numbers here as when the image is there. */
    private Reduction reduction(int position) {
      return setup.reducedDecode
          ? (height, width) -> transform.reduction(height, width, random(position))
          : Reduction.NONE;
    }

    private Philox random(int position) {
      return Purpose.TRANSFORM.stream(setup.seed, epoch, position);
    }
  }

  /** Ends the loader's threads. The data set stays open. */
  @Override
  public void close() {
    decoder.close();
  }
}
