package io.github.deit4j.nn;

import io.github.deit4j.device.Backend;
import java.util.Map;

/** The sizes of a {@link Model}. */
public interface ModelConfig {
  /** Returns what kind of model this is, such as {@code DeiT}. */
  String family();

  /** Returns the rows and columns of an image. */
  int imageSize();

  /** Returns the channels of an image. */
  int channels();

  /** Returns the number of classes. */
  int classes();

  /** Returns whether there is a distillation token with a head of its own. */
  boolean distilled();

  /** Returns whether normalisation mixes the images of a batch in training, as batch norm does. */
  boolean mixesImages();

  /** Returns the number of trainable numbers. */
  long parameterCount();

  /** Returns the sizes as text, as they stand in a weight file's metadata. */
  Map<String, String> toMetadata();

  /**
   * Creates a model with all parameters zero.
   *
   * @param trainable whether there is room for gradients
   * @param dropPath rate of stochastic depth of the last block; grows linearly from 0 in the first
   */
  Model create(Backend backend, boolean trainable, double dropPath);
}
