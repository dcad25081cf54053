package io.github.deit4j.data.transform;

import io.github.deit4j.data.Transform;
import io.github.deit4j.data.Image;
import io.github.deit4j.random.Philox;
import io.github.deit4j.tensor.ShapeException;

/** Copies a grey image to three channels; leaves an RGB image as it is. */
public record ToRgb() implements Transform {
  /**
   * {@inheritDoc}
   *
   * @throws ShapeException if the image has neither one channel nor three
   */
  @Override
  public Image apply(Image image, Philox random) {
    return switch (image.channels()) {
      case 3 -> image;
      case 1 -> copied(image);
      default ->
          throw new ShapeException("to RGB: expected 1 or 3 channels, found " + image.shapeText());
    };
  }

  private static Image copied(Image grey) {
    int plane = grey.planeSize();
    byte[] pixels = new byte[Math.multiplyExact(3, plane)];
    for (int channel = 0; channel < 3; channel++) {
      System.arraycopy(grey.pixels(), 0, pixels, channel * plane, plane);
    }
    return new Image(3, grey.height(), grey.width(), pixels);
  }
}
