package io.github.deit4j.data;

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
    int[] indices) {
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
