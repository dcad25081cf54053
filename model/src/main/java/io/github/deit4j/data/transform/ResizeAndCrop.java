package io.github.deit4j.data.transform;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.ImageView;
import io.github.deit4j.data.Transform;
import io.github.deit4j.data.transform.Resampler.Window;
import io.github.deit4j.random.Philox;
import java.util.Optional;

/**
 * {@link Resize}, then {@link CenterCrop}, with the pixels of both one after the other; what the
 * crop would cut off is not computed.
 */
public record ResizeAndCrop(Resize resize, CenterCrop crop) implements Transform {
  /** Requires a square that the resized image has room for. */
  public ResizeAndCrop {
    Transform.require(
        crop.size() <= resize.shorterSide(),
        "resize and crop: expected no larger square than the shorter side",
        resize.shorterSide(),
        crop.size());
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.github.deit4j.tensor.ShapeException if the image would become too large
   */
  @Override
  public Image apply(Image image, Philox random) {
    resize.requireFits(image);
    int height = resize.height(image.height(), image.width());
    int width = resize.width(image.height(), image.width());
    Window middle = new Window(crop.begin(height), crop.begin(width), crop.size(), crop.size());
    return Resampler.resize(image, height, width, resize.interpolation(), middle);
  }

  /** {@inheritDoc} Of an image that has the resized size already. */
  @Override
  public Optional<ImageView> view(ImageView image, Philox random) {
    return resize.view(image, random).flatMap(resized -> crop.view(resized, random));
  }

  @Override
  public void requireFits(String name, int height, int width) throws CorruptImageException {
    resize.requireFits(name, height, width);
  }
}
