package io.github.deit4j.train;

import io.github.deit4j.op.PixelOps.Box;
import io.github.deit4j.op.PixelOps.ImageMix;
import io.github.deit4j.random.Philox;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.recipe.ImageSettings;
import io.github.deit4j.recipe.ImageSettings.MixupMode;
import io.github.deit4j.recipe.Recipe;
import java.util.ArrayList;
import java.util.List;

/**
 * The draws of mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019), as timm has them. Image i of
 * a group of G, or of a whole effective batch, is mixed with its image G − 1 − i.
 *
 * @param mixupAlpha α of mixup's Beta(α, α); 0 = no mixup
 * @param cutmixAlpha α of CutMix's; 0 = no CutMix
 * @param probability how often there is mixing at all
 * @param switchProbability how often it is CutMix where both are on
 * @param mode what shares one draw
 * @param group consecutive images that are mixed among themselves, as those of one process are in
 *     the reference code; 0 for the whole effective batch
 * @param minSide least share of an image's side that CutMix's box has; 0 to draw an area instead
 * @param maxSide largest; above 0 it turns CutMix on, with an α of 1
 */
public record Mixup(
    double mixupAlpha,
    double cutmixAlpha,
    double probability,
    double switchProbability,
    MixupMode mode,
    int group,
    double minSide,
    double maxSide) {
  /** Turns CutMix on where boxes are drawn by their sides. */
  public Mixup {
    cutmixAlpha = maxSide > 0 ? 1 : cutmixAlpha;
  }

  /**
   * What is drawn for an image.
   *
   * @param pixels what happens to them
   * @param lambda the image's own share in the targets
   */
  record Draw(ImageMix pixels, double lambda) {
    static final Draw NONE = new Draw(ImageMix.NONE, 1);
  }

  /** Returns a recipe's. */
  static Mixup of(Recipe recipe) {
    return new Mixup(
        recipe.get(ImageSettings.MIXUP),
        recipe.get(ImageSettings.CUTMIX),
        recipe.get(ImageSettings.MIXUP_PROB),
        recipe.get(ImageSettings.MIXUP_SWITCH_PROB),
        recipe.get(ImageSettings.MIXUP_MODE),
        recipe.get(ImageSettings.MIXUP_GROUP),
        recipe.get(ImageSettings.CUTMIX_MIN),
        recipe.get(ImageSettings.CUTMIX_MAX));
  }

  boolean isOn() {
    return probability > 0 && (mixupAlpha > 0 || cutmixAlpha > 0);
  }

  /** Returns where the group of an image begins. */
  private int groupStart(int image) {
    return group == 0 ? 0 : image - image % group;
  }

  /** Returns where the group of an image of an effective batch ends: behind its last image. */
  int groupEnd(int image, int images) {
    return group == 0 ? images : groupStart(image) + group;
  }

  /** Returns the image with which an image of an effective batch is mixed. */
  int partner(int image, int images) {
    return groupStart(image) + groupEnd(image, images) - 1 - image;
  }

  /**
   * Returns the draw of every image of an effective batch.
   *
   * @param first position of its first image in the epoch's order
   */
  List<Draw> draw(long seed, int epoch, int first, int images, int height, int width) {
    List<Draw> draws = new ArrayList<>(images);
    for (int i = 0; i < images; i++) {
      int owner =
          switch (mode) {
            case BATCH -> groupStart(i);
            case PAIR -> Math.min(i, partner(i, images));
            case ELEM -> i;
          };
      draws.add(
          owner < i
              ? draws.get(owner)
              : draw(Purpose.MIX.stream(seed, epoch, first + i), height, width));
    }
    return List.copyOf(draws);
  }

  private Draw draw(Philox random, int height, int width) {
    if (!isOn() || random.nextDouble() >= probability) {
      return Draw.NONE;
    }
    boolean both = mixupAlpha > 0 && cutmixAlpha > 0;
    boolean cut = both ? random.nextDouble() < switchProbability : cutmixAlpha > 0;
    double lambda = random.nextBeta(cut ? cutmixAlpha : mixupAlpha);
    if (!cut) {
      return new Draw(ImageMix.mixup(lambda), lambda);
    }
    Box box =
        maxSide > 0
            ? boxBySides(random, height, width)
            : boxAround(lambda, random.nextInt(height), random.nextInt(width), height, width);
    return cutMix(box, height, width);
  }

  /** Returns CutMix with a box, λ being the share that it leaves. */
  static Draw cutMix(Box box, int height, int width) {
    return new Draw(ImageMix.cutMix(box), 1 - box.area() / ((double) height * width));
  }

  /** Returns the box of share 1 − λ about a centre, cut off at the image's border. */
  static Box boxAround(double lambda, int centreRow, int centreColumn, int height, int width) {
    double ratio = Math.sqrt(1 - lambda);
    int halfHeight = (int) (height * ratio) / 2;
    int halfWidth = (int) (width * ratio) / 2;
    int top = Math.max(0, centreRow - halfHeight);
    int left = Math.max(0, centreColumn - halfWidth);
    return new Box(
        top,
        left,
        Math.min(height, centreRow + halfHeight) - top,
        Math.min(width, centreColumn + halfWidth) - left);
  }

  private Box boxBySides(Philox random, int height, int width) {
    int boxHeight = side(random, height);
    int boxWidth = side(random, width);
    return new Box(
        random.nextInt(Math.max(1, height - boxHeight)),
        random.nextInt(Math.max(1, width - boxWidth)),
        boxHeight,
        boxWidth);
  }

  private int side(Philox random, int size) {
    int least = (int) (size * minSide);
    return least + random.nextInt(Math.max(1, (int) (size * maxSide) - least));
  }
}
