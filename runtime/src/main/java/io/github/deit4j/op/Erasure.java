package io.github.deit4j.op;

import io.github.deit4j.random.StreamKey;

/**
 * A box of an image to be overwritten (Zhong et al., "Random Erasing Data Augmentation", 2020).
 *
 * @param image index of the image in the tensor
 * @param box where
 * @param fill with what
 * @param noise the stream of the fill's numbers; the k-th number is the k-th {@link
 *     io.github.deit4j.random.Philox#nextGaussian}, which is block k of the stream
 */
public record Erasure(int image, Box box, Fill fill, StreamKey noise) {
  /** What stands in the box afterwards. */
  public enum Fill {
    /** Zero, the data's mean once normalised. */
    CONST,
    /** One standard normal number for each channel. */
    RAND,
    /** A standard normal number for each element, in the order channel, row, column. */
    PIXEL
  }
}
