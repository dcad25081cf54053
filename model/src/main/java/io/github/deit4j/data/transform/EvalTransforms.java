package io.github.deit4j.data.transform;

/** The transforms of evaluation, which draw nothing. */
public final class EvalTransforms {
  private EvalTransforms() {}

  /**
   * Returns the evaluation transform of ImageNet models: RGB, shorter side to {@code size /
   * cropRatio} (truncated), middle square of {@code size}.
   *
   * @param size the model's input size
   * @param cropRatio share of the shorter side that is kept, above 0 and up to 1; DeiT has 0.875
   * @throws IllegalArgumentException if the size is not positive or the ratio not of (0, 1]
   */
  public static Pipeline imagenet(int size, double cropRatio) {
    return imagenet(size, cropRatio, Interpolation.BICUBIC);
  }

  /** The same with another filter than bicubic. */
  public static Pipeline imagenet(int size, double cropRatio, Interpolation interpolation) {
    if (!(cropRatio > 0 && cropRatio <= 1)) {
      throw new IllegalArgumentException(
          "evaluation: crop ratio must be above 0 and at most 1, found " + cropRatio);
    }
    return Pipeline.of(
        new ToRgb(), new Resize((int) (size / cropRatio), interpolation), new CenterCrop(size));
  }
}
