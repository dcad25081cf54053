package io.github.deit4j.nn;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import java.util.List;
import java.util.Map;

/**
 * A model as Hugging Face's transformers has it.
 *
 * @param json its sizes as {@code config.json} has them, without classes
 * @param names of its tensors there
 * @param processor what prepares its images there
 */
public record HuggingFaceModel(
    Map<String, Object> json, TensorNames names, ImageProcessor processor) {
  /** The library's image processors, each with what it does where its file is silent. */
  public enum ImageProcessor {
    /** Resizes to a square, whatever the image's shape, and cuts the middle out. */
    DEIT,
    /** The same, with mean and deviation 0.5 and a bilinear filter. */
    VIT,
    /** Keeps the aspect ratio, and cuts the middle out below 384 pixels. */
    CONVNEXT
  }

  /**
   * Reads one of some words from a {@code config.json}.
   *
   * @throws IllegalArgumentException if it has another
   */
  public static String require(JsonValue config, String key, String... allowed)
      throws JsonException {
    String value = config.get(key).asString();
    if (!List.of(allowed).contains(value)) {
      throw new IllegalArgumentException(
          "expected %s %s, found %s".formatted(key, String.join(" or ", allowed), value));
    }
    return value;
  }
}
