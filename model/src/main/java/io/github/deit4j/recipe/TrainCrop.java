package io.github.deit4j.recipe;

/** How a training image gets the model's size. */
public enum TrainCrop {
  /** A random part of random size and aspect ratio is resized. */
  RANDOM_RESIZED,
  /** The image is resized as for evaluation and a random square cut out. */
  RANDOM,
  /** As for evaluation. */
  CENTER
}
