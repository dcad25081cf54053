package io.github.deit4j.data.transform;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.ImageView;
import io.github.deit4j.data.Transform;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.random.Philox;
import io.github.deit4j.tensor.ShapeException;
import java.util.Optional;
import java.util.function.Function;

/**
 * Resizes so that the shorter side has a given length and the aspect ratio stays (torchvision's
 * {@code Resize(int)} on Pillow images): the longer side is short · long / short, truncated.
 *
 * @param shorterSide length of the shorter side after the resize
 * @param interpolation filter
 */
public record Resize(int shorterSide, Interpolation interpolation) implements Transform {
  private static final long MOST_SQUARES = 4;

  /** Requires a positive length. */
  public Resize {
    Transform.require(shorterSide > 0, "resize: side must be positive", shorterSide);
  }

  /**
   * {@inheritDoc}
   *
   * @throws ShapeException if the image would become too large, see {@link #requireFits}
   */
  @Override
  public Image apply(Image image, Philox random) {
    requireFits(image);
    int height = height(image.height(), image.width());
    int width = width(image.height(), image.width());
    return Resampler.resize(image, height, width, interpolation);
  }

  /** {@inheritDoc} Of an image that has the size already. */
  @Override
  public Optional<ImageView> view(ImageView image, Philox random) {
    return Optional.of(image)
        .filter(
            seen ->
                height(seen.height(), seen.width()) == seen.height()
                    && width(seen.height(), seen.width()) == seen.width());
  }

  void requireFits(Image image) {
    requireFits(
        image.height(),
        image.width(),
        problem -> new ShapeException("resize of " + image.shapeText() + ": " + problem));
  }

  /** Returns the height that an image is resized to. */
  int height(int height, int width) {
    return height <= width ? shorterSide : longerSide(height, width);
  }

  /** Returns the width that an image is resized to. */
  int width(int height, int width) {
    return height <= width ? longerSide(width, height) : shorterSide;
  }

  @Override
  public void requireFits(String name, int height, int width) throws CorruptImageException {
    requireFits(height, width, problem -> new CorruptImageException(name, problem));
  }

  private <E extends Exception> void requireFits(int height, int width, Function<String, E> error)
      throws E {
    long pixels = (long) shorterSide * longerSide(Math.max(height, width), Math.min(height, width));
    // So that the largest models have their images, too, unless these are thin.
    if (pixels > MOST_SQUARES * shorterSide * shorterSide) {
      InputBudget.STANDARD.require(Limit.RESIZED_PIXELS, pixels, error);
    }
  }

  private int longerSide(int longer, int shorter) {
    return (int) ((double) ((long) shorterSide * longer) / shorter);
  }
}
