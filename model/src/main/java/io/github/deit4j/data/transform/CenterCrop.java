package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.ImageView;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;
import java.util.Optional;

/**
 * Cuts the middle square.
 *
 * @param size height and width of the square
 * @param rounding where the square begins if there are an odd number of pixels beside it
 */
public record CenterCrop(int size, Rounding rounding) implements Transform {
  /** What becomes of half a pixel. */
  public enum Rounding {
    /** To an even offset, as torchvision has it by now. */
    EVEN {
      @Override
      int half(int rest) {
        return (int) Math.rint(rest / 2.0);
      }
    },
    /**
     * Up, as torchvision 0.8 has it, with which DeiT was published: {@code int((h - s + 1) / 2)}.
     */
    UP {
      @Override
      int half(int rest) {
        return (rest + 1) / 2;
      }
    };

    abstract int half(int rest);
  }

  /** Requires a positive size. */
  public CenterCrop {
    Transform.require(size > 0, "center crop: size must be positive", size);
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.github.deit4j.tensor.ShapeException if the image is smaller than the square
   */
  @Override
  public Image apply(Image image, Philox random) {
    RandomCrop.requireRoom(image, 0, size, "center crop");
    return image.crop(begin(image.height()), begin(image.width()), size, size);
  }

  @Override
  public Optional<ImageView> view(ImageView image, Philox random) {
    return RandomCrop.hasRoom(image.height(), image.width(), 0, size)
        ? image.crop(begin(image.height()), begin(image.width()), size, size)
        : Optional.empty();
  }

  /** Returns where the square begins along a side of some length. */
  int begin(int side) {
    return rounding.half(side - size);
  }
}
