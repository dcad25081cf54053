package io.github.deit4j.data;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Transformed images with their labels, one after the other. The arrays belong to whoever takes the
 * batch.
 *
 * @param epoch epoch, from 0
 * @param step number of the batch in its epoch, from 0
 * @param channels planes of every image
 * @param height rows of every image
 * @param width columns of every image
 * @param pixels unsigned bytes [batch, channel, row, column]
 * @param labels the images' classes [batch]
 * @param indices the images' indices in the data set [batch]
 * @param stored of which stored images these are views, one each, to be made where they are wanted;
 *     empty if they are made, and then only
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not shared
public record SampleBatch(
    int epoch,
    int step,
    int channels,
    int height,
    int width,
    byte[] pixels,
    int[] labels,
    int[] indices,
    List<StoredImage> stored) {
  /** Images that are made. */
  public SampleBatch(
      int epoch,
      int step,
      int channels,
      int height,
      int width,
      byte[] pixels,
      int[] labels,
      int[] indices) {
    this(epoch, step, channels, height, width, pixels, labels, indices, List.of());
  }

  /** Views of stored images, all of one size. */
  static SampleBatch ofViews(
      int epoch, int step, List<StoredImage> stored, int[] labels, int[] indices) {
    ImageView view = stored.getFirst().view();
    return new SampleBatch(
        epoch,
        step,
        view.channels(),
        view.height(),
        view.width(),
        null,
        labels,
        indices,
        List.copyOf(stored));
  }

  /** Returns the images' bytes; of stored images they are made now. */
  @Override
  public byte[] pixels() {
    if (stored.isEmpty()) {
      return pixels;
    }
    ByteBuffer all = ByteBuffer.allocate(Math.multiplyExact(size(), channels * height * width));
    stored.forEach(image -> all.put(image.toImage().pixels()));
    return all.array();
  }

  /** Returns the number of images. */
  public int size() {
    return labels.length;
  }

  @Override
  public String toString() {
    return "SampleBatch[epoch %d, step %d, %dx%dx%dx%d]"
        .formatted(epoch, step, size(), channels, height, width);
  }
}
