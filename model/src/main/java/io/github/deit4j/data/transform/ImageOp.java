package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.transform.Affine.Sampling;
import java.util.List;

/**
 * The operations of AutoAugment (Cubuk et al. 2019) and RandAugment (Cubuk et al. 2020), pixel for
 * pixel as timm applies them through Pillow. Each has a level of 0 to 10, which {@link #argument}
 * turns into an angle, factor, threshold or whatever it takes; those called increasing change an
 * image more at higher levels.
 */
enum ImageOp {
  AUTO_CONTRAST((level, sign) -> 0, (image, argument, sampling) -> ColorTables.autoContrast(image)),
  EQUALIZE((level, sign) -> 0, (image, argument, sampling) -> ColorTables.equalize(image)),
  INVERT((level, sign) -> 0, (image, argument, sampling) -> ColorTables.invert(image)),
  ROTATE((level, sign) -> sign * (level / ImageOp.MAX_LEVEL * 30), ImageOp::rotate),
  POSTERIZE((level, sign) -> 4 + (int) (level / ImageOp.MAX_LEVEL * 4), ImageOp::posterize),
  POSTERIZE_INCREASING(
      (level, sign) -> 4 - (int) (level / ImageOp.MAX_LEVEL * 4), ImageOp::posterize),
  SOLARIZE(
      (level, sign) -> Math.min(256, (int) (level / ImageOp.MAX_LEVEL * 256)), ImageOp::solarize),
  SOLARIZE_INCREASING(
      (level, sign) -> 256 - Math.min(256, (int) (level / ImageOp.MAX_LEVEL * 256)),
      ImageOp::solarize),
  SOLARIZE_ADD(
      (level, sign) -> Math.min(128, (int) (level / ImageOp.MAX_LEVEL * 110)),
      (image, argument, sampling) -> ColorTables.solarizeAdd(image, (int) argument)),
  COLOR(ImageOp::factor, (image, factor, sampling) -> Enhance.color(image, factor)),
  COLOR_INCREASING(
      ImageOp::increasingFactor, (image, factor, sampling) -> Enhance.color(image, factor)),
  CONTRAST(ImageOp::factor, (image, factor, sampling) -> Enhance.contrast(image, factor)),
  CONTRAST_INCREASING(
      ImageOp::increasingFactor, (image, factor, sampling) -> Enhance.contrast(image, factor)),
  BRIGHTNESS_INCREASING(
      ImageOp::increasingFactor, (image, factor, sampling) -> Enhance.brightness(image, factor)),
  SHARPNESS(ImageOp::factor, (image, factor, sampling) -> Enhance.sharpness(image, factor)),
  SHARPNESS_INCREASING(
      ImageOp::increasingFactor, (image, factor, sampling) -> Enhance.sharpness(image, factor)),
  SHEAR_X(
      ImageOp::shear, (image, factor, sampling) -> Affine.shearX(factor).apply(image, sampling)),
  SHEAR_Y(
      ImageOp::shear, (image, factor, sampling) -> Affine.shearY(factor).apply(image, sampling)),
  TRANSLATE_X_REL(
      ImageOp::shift,
      (image, share, sampling) ->
          Affine.translate(share * image.width(), 0).apply(image, sampling)),
  TRANSLATE_Y_REL(
      ImageOp::shift,
      (image, share, sampling) ->
          Affine.translate(0, share * image.height()).apply(image, sampling));

  /** The 15 operations of RandAugment's increasing set. */
  static final List<ImageOp> INCREASING =
      List.of(
          AUTO_CONTRAST,
          EQUALIZE,
          INVERT,
          ROTATE,
          POSTERIZE_INCREASING,
          SOLARIZE_INCREASING,
          SOLARIZE_ADD,
          COLOR_INCREASING,
          CONTRAST_INCREASING,
          BRIGHTNESS_INCREASING,
          SHARPNESS_INCREASING,
          SHEAR_X,
          SHEAR_Y,
          TRANSLATE_X_REL,
          TRANSLATE_Y_REL);

  /** The highest level. */
  static final double MAX_LEVEL = 10;

  // What enhancing leaves at least, so that no image becomes all black or grey.
  private static final double LEAST_FACTOR = 0.1;

  private final ArgumentOfLevel argument;
  private final Operation operation;

  ImageOp(ArgumentOfLevel argument, Operation operation) {
    this.argument = argument;
    this.operation = operation;
  }

  private interface ArgumentOfLevel {
    double at(double level, int sign);
  }

  private interface Operation {
    Image apply(Image image, double argument, Sampling sampling);
  }

  /**
   * Returns what the operation takes at a level.
   *
   * @param level 0 to 10
   * @param sign 1, or −1 for the other direction where there is one
   */
  double argument(double level, int sign) {
    return argument.at(level, sign);
  }

  /**
   * Applies the operation.
   *
   * @param sampling what the geometric operations do between and outside the pixels
   */
  Image apply(Image image, double operand, Sampling sampling) {
    return operation.apply(image, operand, sampling);
  }

  private static double factor(double level, int sign) {
    return level / MAX_LEVEL * 1.8 + LEAST_FACTOR;
  }

  private static double increasingFactor(double level, int sign) {
    return Math.max(LEAST_FACTOR, 1.0 + sign * (level / MAX_LEVEL * 0.9));
  }

  private static double shear(double level, int sign) {
    return sign * (level / MAX_LEVEL * 0.3);
  }

  private static double shift(double level, int sign) {
    return sign * (level / MAX_LEVEL * 0.45);
  }

  private static Image rotate(Image image, double degrees, Sampling sampling) {
    return Affine.rotate(degrees, image.height(), image.width()).apply(image, sampling);
  }

  private static Image posterize(Image image, double bits, Sampling sampling) {
    return ColorTables.posterize(image, (int) bits);
  }

  private static Image solarize(Image image, double threshold, Sampling sampling) {
    return ColorTables.solarize(image, (int) threshold);
  }
}
