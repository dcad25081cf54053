package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.transform.Affine.Sampling;
import java.util.EnumSet;
import java.util.List;

/**
 * The operations of AutoAugment (Cubuk et al. 2019) and RandAugment (Cubuk et al. 2020), pixel for
 * pixel as timm applies them through Pillow. Each has a level of 0 to 10, which {@link #argument}
 * turns into an angle, factor, threshold or whatever it takes; those called increasing change an
 * image more at higher levels.
 */
enum ImageOp {
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
  TRANSLATE_Y_REL,
  POSTERIZE,
  SOLARIZE,
  COLOR,
  CONTRAST,
  SHARPNESS;

  /** The 15 operations of RandAugment's increasing set, in timm's order. */
  static final List<ImageOp> INCREASING =
      List.copyOf(EnumSet.range(AUTO_CONTRAST, TRANSLATE_Y_REL));

  /** The highest level. */
  static final double MAX_LEVEL = 10;

  // What enhancing leaves at least, so that no image becomes all black or grey.
  private static final double LEAST_FACTOR = 0.1;

  /**
   * Returns what the operation takes at a level.
   *
   * @param level 0 to 10
   * @param sign 1, or −1 for the other direction where there is one
   */
  double argument(double level, int sign) {
    double share = level / MAX_LEVEL;
    return switch (this) {
      case AUTO_CONTRAST, EQUALIZE, INVERT -> 0;
      case ROTATE -> sign * (share * 30);
      case POSTERIZE -> 4 + (int) (share * 4);
      case POSTERIZE_INCREASING -> 4 - (int) (share * 4);
      case SOLARIZE -> Math.min(256, (int) (share * 256));
      case SOLARIZE_INCREASING -> 256 - Math.min(256, (int) (share * 256));
      case SOLARIZE_ADD -> Math.min(128, (int) (share * 110));
      case COLOR, CONTRAST, SHARPNESS -> share * 1.8 + LEAST_FACTOR;
      case COLOR_INCREASING, CONTRAST_INCREASING, BRIGHTNESS_INCREASING, SHARPNESS_INCREASING ->
          Math.max(LEAST_FACTOR, 1.0 + sign * (share * 0.9));
      case SHEAR_X, SHEAR_Y -> sign * (share * 0.3);
      case TRANSLATE_X_REL, TRANSLATE_Y_REL -> sign * (share * 0.45);
    };
  }

  /**
   * Applies the operation.
   *
   * @param sampling what the geometric operations do between and outside the pixels
   */
  Image apply(Image image, double argument, Sampling sampling) {
    return switch (this) {
      case AUTO_CONTRAST -> ColorTables.autoContrast(image);
      case EQUALIZE -> ColorTables.equalize(image);
      case INVERT -> ColorTables.invert(image);
      case POSTERIZE, POSTERIZE_INCREASING -> ColorTables.posterize(image, (int) argument);
      case SOLARIZE, SOLARIZE_INCREASING -> ColorTables.solarize(image, (int) argument);
      case SOLARIZE_ADD -> ColorTables.solarizeAdd(image, (int) argument);
      case COLOR, COLOR_INCREASING -> Enhance.color(image, argument);
      case CONTRAST, CONTRAST_INCREASING -> Enhance.contrast(image, argument);
      case BRIGHTNESS_INCREASING -> Enhance.brightness(image, argument);
      case SHARPNESS, SHARPNESS_INCREASING -> Enhance.sharpness(image, argument);
      case ROTATE -> Affine.rotate(argument, image.height(), image.width()).apply(image, sampling);
      case SHEAR_X -> Affine.shearX(argument).apply(image, sampling);
      case SHEAR_Y -> Affine.shearY(argument).apply(image, sampling);
      case TRANSLATE_X_REL -> Affine.translate(argument * image.width(), 0).apply(image, sampling);
      case TRANSLATE_Y_REL -> Affine.translate(0, argument * image.height()).apply(image, sampling);
    };
  }
}
