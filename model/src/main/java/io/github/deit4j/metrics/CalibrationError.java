package io.github.deit4j.metrics;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Whether a model is right as often as it is sure: the expected calibration error of Guo et al.,
 * "On calibration of modern neural networks" (ICML 2017, section 2), over 15 bins of equal width.
 * An image counts in the bin of the probability of its most probable class.
 */
public final class CalibrationError {
  private static final int BINS = 15;

  private final long[] images = new long[BINS];
  private final long[] right = new long[BINS];
  private final double[] confidence = new double[BINS];

  /** Begins with no images. */
  public CalibrationError() {}

  /**
   * Adds an image.
   *
   * @param confidence probability of the most probable class, 0 to 1
   * @param isRight whether that class is right
   */
  public void add(double confidence, boolean isRight) {
    // A bin has its upper end, and not its lower one.
    int bin = Math.clamp((int) Math.ceil(confidence * BINS) - 1, 0, BINS - 1);
    images[bin]++;
    right[bin] += isRight ? 1 : 0;
    this.confidence[bin] += confidence;
  }

  /** Returns the mean difference of confidence and accuracy, 0 to 1; not a number of no images. */
  public double value() {
    long all = 0;
    double sum = 0;
    for (int bin = 0; bin < BINS; bin++) {
      all += images[bin];
      sum += Math.abs(right[bin] - confidence[bin]);
    }
    return sum / all;
  }

  /**
   * A bin with images in it.
   *
   * @param from lower end of the confidence
   * @param to upper end
   * @param images how many there are
   * @param confidence mean confidence
   * @param accuracy share of those that are right
   */
  public record Bin(double from, double to, long images, double confidence, double accuracy) {}

  /** Returns the bins that have images, from the least sure to the surest. */
  public List<Bin> bins() {
    return IntStream.range(0, BINS).filter(bin -> images[bin] > 0).mapToObj(this::bin).toList();
  }

  private Bin bin(int bin) {
    return new Bin(
        (double) bin / BINS,
        (double) (bin + 1) / BINS,
        images[bin],
        confidence[bin] / images[bin],
        (double) right[bin] / images[bin]);
  }
}
