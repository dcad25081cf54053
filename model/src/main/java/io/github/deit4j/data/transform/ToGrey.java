package io.github.deit4j.data.transform;

import io.github.deit4j.data.Transform;
import io.github.deit4j.data.Image;
import io.github.deit4j.random.Philox;
import io.github.deit4j.tensor.ShapeException;

/** Makes one channel of three by the luma of ITU-R BT.601; leaves a grey image as it is. */
public record ToGrey() implements Transform {
  /**
   * {@inheritDoc}
   *
   * @throws ShapeException if the image has neither one channel nor three
   */
  @Override
  public Image apply(Image image, Philox random) {
    return switch (image.channels()) {
      case 1 -> image;
      case 3 -> luma(image);
      default ->
          throw new ShapeException("to grey: expected 1 or 3 channels, found " + image.shapeText());
    };
  }

  private static Image luma(Image image) {
    int plane = image.planeSize();
    byte[] rgb = image.pixels();
    byte[] grey = new byte[plane];
    for (int i = 0; i < plane; i++) {
      grey[i] = (byte) luma(rgb[i] & 0xFF, rgb[plane + i] & 0xFF, rgb[2 * plane + i] & 0xFF);
    }
    return new Image(1, image.height(), image.width(), grey);
  }

  /** Returns the grey level of a colour in 16-bit fixed point, as Pillow has it. */
  static int luma(int red, int green, int blue) {
    return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
  }
}
