package io.github.deit4j.train;

import io.github.deit4j.op.PixelOps.Box;
import io.github.deit4j.op.PixelOps.Erasure;
import io.github.deit4j.random.Philox;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.random.StreamKey;
import java.util.ArrayList;
import java.util.List;

/**
 * The draws of random erasing (Zhong et al. 2020), as timm has them: a box of 2 to 33 % of the
 * image's area and a log-evenly drawn aspect ratio of 0.3 to 1/0.3, smaller than the image; ten
 * tries, then none.
 *
 * @param probability how often an image has boxes; 0 = off
 * @param fill what they are filled with
 * @param maxCount most boxes of an image; the number is drawn from 1 on, and they share the area
 */
public record RandomErasing(double probability, Erasure.Fill fill, int maxCount) {
  private static final int TRIES = 10;
  private static final double MIN_AREA = 0.02;
  private static final double MAX_AREA = 1.0 / 3;
  private static final double LOG_RATIO = StrictMath.log(1 / 0.3);

  /**
   * Returns an image's erasures.
   *
   * @param position the image's position in the epoch's order
   * @param image its index in the tensor that is erased
   */
  List<Erasure> draw(long seed, int epoch, int position, int image, int height, int width) {
    Philox random = Purpose.ERASE.stream(seed, epoch, position);
    if (random.nextDouble() >= probability) {
      return List.of();
    }
    int count = 1 + random.nextInt(maxCount);
    List<Erasure> erasures = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Box box = box(random, count, height, width);
      StreamKey noise = Purpose.ERASE_NOISE.key(i, seed, epoch, position);
      erasures.add(new Erasure(image, box, fill, noise));
    }
    return erasures;
  }

  private static Box box(Philox random, int count, int height, int width) {
    for (int attempt = 0; attempt < TRIES; attempt++) {
      double share = MIN_AREA + (MAX_AREA - MIN_AREA) * random.nextDouble();
      double area = share * height * width / count;
      double ratio = StrictMath.exp((2 * random.nextDouble() - 1) * LOG_RATIO);
      int h = (int) Math.rint(Math.sqrt(area * ratio));
      int w = (int) Math.rint(Math.sqrt(area / ratio));
      if (h < height && w < width) {
        return new Box(random.nextInt(height - h + 1), random.nextInt(width - w + 1), h, w);
      }
    }
    return Box.EMPTY;
  }
}
