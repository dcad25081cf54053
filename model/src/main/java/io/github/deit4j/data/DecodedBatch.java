package io.github.deit4j.data;

import io.github.deit4j.tensor.ShapeException;
import java.util.List;
import java.util.Objects;

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
    Image first = Objects.requireNonNull(samples.getFirst().image());
    int length = first.pixels().length;
    byte[] pixels = new byte[Math.multiplyExact(samples.size(), length)];
    int[] labels = new int[samples.size()];
    for (int i = 0; i < labels.length; i++) {
      Image image = Objects.requireNonNull(samples.get(i).image());
      requireSameShape(first, image);
      System.arraycopy(image.pixels(), 0, pixels, i * length, length);
      labels[i] = samples.get(i).label();
    }
    return new SampleBatch(
        epoch, step, first.channels(), first.height(), first.width(), pixels, labels);
  }

  private static void requireSameShape(Image expected, Image found) {
    if (!expected.sameShape(found)) {
      throw new ShapeException(
          "batch: after the transforms all images must have one shape, found "
              + expected.shapeText()
              + " and "
              + found.shapeText()
              + "; end the transforms with a crop or a resize to a fixed size");
    }
  }
}
