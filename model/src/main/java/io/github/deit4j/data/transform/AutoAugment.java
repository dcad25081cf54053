package io.github.deit4j.data.transform;

import static io.github.deit4j.data.transform.ImageOp.AUTO_CONTRAST;
import static io.github.deit4j.data.transform.ImageOp.COLOR;
import static io.github.deit4j.data.transform.ImageOp.CONTRAST;
import static io.github.deit4j.data.transform.ImageOp.EQUALIZE;
import static io.github.deit4j.data.transform.ImageOp.INVERT;
import static io.github.deit4j.data.transform.ImageOp.POSTERIZE;
import static io.github.deit4j.data.transform.ImageOp.ROTATE;
import static io.github.deit4j.data.transform.ImageOp.SHARPNESS;
import static io.github.deit4j.data.transform.ImageOp.SHEAR_X;
import static io.github.deit4j.data.transform.ImageOp.SOLARIZE;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.data.transform.Affine.Sampling;
import io.github.deit4j.random.Philox;
import java.util.List;

/**
 * AutoAugment's policy for ImageNet (Cubuk et al. 2019, appendix A): one of 25 pairs of operations,
 * each with a probability and a level of its own. Levels mean what they mean in timm's {@code
 * original} policy.
 *
 * @param interpolation filter of the geometric operations
 */
public record AutoAugment(Interpolation interpolation) implements Transform {
  private static final List<List<Step>> IMAGENET =
      List.of(
          pair(POSTERIZE, 0.4, 8, ROTATE, 0.6, 9),
          pair(SOLARIZE, 0.6, 5, AUTO_CONTRAST, 0.6, 5),
          pair(EQUALIZE, 0.8, 8, EQUALIZE, 0.6, 3),
          pair(POSTERIZE, 0.6, 7, POSTERIZE, 0.6, 6),
          pair(EQUALIZE, 0.4, 7, SOLARIZE, 0.2, 4),
          pair(EQUALIZE, 0.4, 4, ROTATE, 0.8, 8),
          pair(SOLARIZE, 0.6, 3, EQUALIZE, 0.6, 7),
          pair(POSTERIZE, 0.8, 5, EQUALIZE, 1.0, 2),
          pair(ROTATE, 0.2, 3, SOLARIZE, 0.6, 8),
          pair(EQUALIZE, 0.6, 8, POSTERIZE, 0.4, 6),
          pair(ROTATE, 0.8, 8, COLOR, 0.4, 0),
          pair(ROTATE, 0.4, 9, EQUALIZE, 0.6, 2),
          pair(EQUALIZE, 0.0, 7, EQUALIZE, 0.8, 8),
          pair(INVERT, 0.6, 4, EQUALIZE, 1.0, 8),
          pair(COLOR, 0.6, 4, CONTRAST, 1.0, 8),
          pair(ROTATE, 0.8, 8, COLOR, 1.0, 2),
          pair(COLOR, 0.8, 8, SOLARIZE, 0.8, 7),
          pair(SHARPNESS, 0.4, 7, INVERT, 0.6, 8),
          pair(SHEAR_X, 0.6, 5, EQUALIZE, 1.0, 9),
          pair(COLOR, 0.4, 0, EQUALIZE, 0.6, 3),
          pair(EQUALIZE, 0.4, 7, SOLARIZE, 0.2, 4),
          pair(SOLARIZE, 0.6, 5, AUTO_CONTRAST, 0.6, 5),
          pair(INVERT, 0.6, 4, EQUALIZE, 1.0, 8),
          pair(COLOR, 0.6, 4, CONTRAST, 1.0, 8),
          pair(EQUALIZE, 0.8, 8, EQUALIZE, 0.6, 3));

  private record Step(ImageOp op, double probability, double level) {
    Image apply(Image image, Philox random, Sampling sampling) {
      boolean fires = random.nextDouble() < probability;
      int sign = random.nextDouble() < 0.5 ? 1 : -1;
      return fires ? op.apply(image, op.argument(level, sign), sampling) : image;
    }
  }

  private static List<Step> pair(
      ImageOp first, double chance1, int level1, ImageOp second, double chance2, int level2) {
    return List.of(new Step(first, chance1, level1), new Step(second, chance2, level2));
  }

  @Override
  public Image apply(Image image, Philox random) {
    var sampling = Sampling.of(interpolation);
    Image result = image;
    for (Step step : IMAGENET.get(random.nextInt(IMAGENET.size()))) {
      result = step.apply(result, random, sampling);
    }
    return result;
  }
}
