package io.github.deit4j.nn;

import io.github.deit4j.device.Backend;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The sizes of a {@link Model}. */
public interface ModelConfig {
  /** Returns what kind of model this is. */
  ModelFamily family();

  /** Returns the rows and columns of an image. */
  int imageSize();

  /** Returns the channels of an image. */
  int channels();

  /** Returns the number of classes. */
  int classes();

  /** Returns whether there is a distillation token with a head of its own. */
  boolean distilled();

  /** Returns the number of trainable numbers. */
  long parameterCount();

  /**
   * The operations of a model's products and convolutions, for one image; a fused multiply-add
   * counts two.
   *
   * @param forward of the forward pass
   * @param firstLayer what of it is the layer that sees the images
   */
  record Flop(double forward, double firstLayer) {
    /**
     * Returns those of a training step: twice as many backward as forward, except that nobody wants
     * a gradient of the images. What is computed again in the backward pass counts once.
     */
    public double trainStep() {
      return 3 * forward - firstLayer;
    }
  }

  /** Returns the operations on one image. */
  Flop flop();

  /** Returns the sizes by their names in files, in alphabetical order. */
  Map<String, Object> toJson();

  /**
   * Returns the same sizes for images of another size.
   *
   * @throws IllegalArgumentException if the model cannot take them
   */
  ModelConfig withImageSize(int size);

  /** Returns the same sizes with another number of classes. */
  ModelConfig withClasses(int count);

  /** Returns how tokens lie; empty for a model without, such as a convnet. */
  Optional<TokenLayout> tokenLayout();

  /** Returns whether images of any size go through the same weights. */
  default boolean takesAnyImageSize() {
    return tokenLayout().isEmpty();
  }

  /**
   * Returns the model as Hugging Face's transformers has it.
   *
   * @throws IllegalArgumentException saying what transformers cannot express
   */
  HuggingFaceModel huggingFace();

  /** Returns how many numbers each head sees of an image. */
  int featureWidth();

  /** Returns the number of the heads' layer: one more than there are blocks. */
  int layers();

  /**
   * Returns the layer that a parameter belongs to, as timm groups them: 0 for what comes in front
   * of the blocks, then block after block, a norm behind them with the last one, then the heads.
   *
   * @param tensor timm's name
   */
  int layer(String tensor);

  /**
   * Creates a model with all parameters zero.
   *
   * @param trains which parameters have room for gradients, by name; others are frozen
   * @param dropPath rate of stochastic depth of the last block; grows linearly from 0 in the first
   */
  Model create(Backend backend, Predicate<String> trains, double dropPath);

  /** Creates a model of which all is trained, or nothing. */
  default Model create(Backend backend, boolean trainable, double dropPath) {
    return create(backend, name -> trainable, dropPath);
  }

  /** Most classes of a model: more is a damaged file. */
  int MOST_CLASSES = 1_000_000;

  /** Most blocks of a model, and most stages. */
  int MOST_BLOCKS = 1000;

  /** Most rows and columns of an image or patch. */
  int LARGEST_IMAGE = 4096;

  /** Most channels of a layer, but for an MLP's hidden ones. */
  int LARGEST_WIDTH = 65_536;

  /**
   * Checks one of the sizes, so that nothing computed from them overflows.
   *
   * @throws IllegalArgumentException if it is below 1 or too large
   */
  static void requireSize(String name, int size, int largest) {
    if (size < 1) {
      throw new IllegalArgumentException(name + ": expected 1 or more, found " + size);
    }
    if (size > largest) {
      throw new IllegalArgumentException(
          "%s: expected at most %d, found %d".formatted(name, largest, size));
    }
  }
}
