package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.ImageView;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;
import io.github.deit4j.tensor.ShapeException;
import java.util.Optional;

/**
 * Makes grey of colours by the luma of ITU-R BT.601, or three channels of grey by copying; leaves
 * an image that is right as it is.
 *
 * @param channels 1 for grey, 3 for RGB
 */
public record ToChannels(int channels) implements Transform {
  /** Requires 1 or 3. */
  public ToChannels {
    Transform.require(channels == 1 || channels == 3, "channels: expected 1 or 3", channels);
  }

  /**
   * {@inheritDoc}
   *
   * @throws ShapeException if the image has neither one channel nor three
   */
  @Override
  public Image apply(Image image, Philox random) {
    if (image.channels() != 1 && image.channels() != 3) {
      throw new ShapeException(
          "to %s: expected 1 or 3 channels, found %s"
              .formatted(channels == 1 ? "grey" : "RGB", image.shapeText()));
    }
    if (image.channels() == channels) {
      return image;
    }
    byte[] pixels =
        channels == 1 ? grey(image) : Image.threeTimes(image.pixels(), image.planeSize());
    return new Image(channels, image.height(), image.width(), pixels);
  }

  @Override
  public Optional<ImageView> view(ImageView image, Philox random) {
    return Optional.of(image).filter(seen -> seen.channels() == channels);
  }

  /** Returns the grey levels of an image of either kind. */
  static byte[] grey(Image image) {
    if (image.channels() == 1) {
      return image.pixels();
    }
    int plane = image.planeSize();
    byte[] rgb = image.pixels();
    byte[] grey = new byte[plane];
    for (int i = 0; i < plane; i++) {
      grey[i] = (byte) luma(rgb[i] & 0xFF, rgb[plane + i] & 0xFF, rgb[2 * plane + i] & 0xFF);
    }
    return grey;
  }

  /** Returns the grey level of a colour in 16-bit fixed point, as Pillow has it. */
  static int luma(int red, int green, int blue) {
    return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
  }
}
