package io.github.deit4j.op;

/**
 * What an image takes from its partner: first every pixel becomes {@code own·image +
 * other·partner}, then a box becomes the partner's.
 *
 * @param own weight of the image
 * @param other weight of its partner; 1 and 0 leave the image as it is
 * @param box what is the partner's alone
 */
public record ImageMix(float own, float other, Box box) {
  /** The image alone. */
  public static final ImageMix NONE = new ImageMix(1, 0, Box.EMPTY);

  /** Mixup (Zhang et al. 2018): {@code lambda} of the image, the rest of its partner. */
  public static ImageMix mixup(double lambda) {
    return new ImageMix((float) lambda, (float) (1 - lambda), Box.EMPTY);
  }

  /** CutMix (Yun et al. 2019): a box of the partner in the image. */
  public static ImageMix cutMix(Box box) {
    return new ImageMix(1, 0, box);
  }
}
