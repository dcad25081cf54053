package io.github.deit4j.op;

import io.github.deit4j.tensor.Tensor;

/** Checks operands of {@link ConvolutionOps} at an op's entry, the same for every backend. */
public final class MapChecks {
  private MapChecks() {}

  /**
   * Requires a map [images, .., C] with numbers in it, and C numbers in each of the others.
   *
   * @return C
   */
  public static int channels(String op, Tensor map, Tensor... perChannel) {
    Checks.elements(op, "map", map, map.elements());
    Checks.that(
        map.shape().rank() >= 2 && map.elements() > 0, op, "images with pixels of channels", map);
    int channels = map.shape().size(-1);
    for (Tensor each : perChannel) {
      Checks.elements(op, "numbers per channel", each, channels);
    }
    return channels;
  }

  /**
   * Requires a map [B, height, width, C] with numbers in it, and B·C numbers per channel.
   *
   * @return the pixels of an image
   */
  public static int pixels(String op, Tensor map, Tensor perChannel) {
    Checks.rank(op, "map", map, 4);
    Checks.elements(
        op, "numbers per channel", perChannel, map.shape().size(0), map.shape().size(3));
    Checks.that(map.elements() > 0, op, "images with pixels", map);
    return Math.multiplyExact(map.shape().size(1), map.shape().size(2));
  }

  /** Requires maps of the same sizes, [B, height, width, C] and [B, C, height, width]. */
  public static void layouts(String op, Tensor last, Tensor first) {
    Checks.rank(op, "map with its channels first", first, 4);
    var shape = first.shape();
    Checks.elements(
        op,
        "map with its channels last",
        last,
        shape.size(0),
        shape.size(2),
        shape.size(3),
        shape.size(1));
  }

  /** Requires that a residual and its gradient have x's size, or that both are missing. */
  public static void residual(String op, Tensor x, Tensor residual, Tensor dResidual) {
    Checks.that(
        (residual == null) == (dResidual == null), op, "residual and dResidual, or neither", x);
    if (residual != null) {
      Checks.elements(op, "residual", residual, x.elements());
      Checks.elements(op, "dResidual", dResidual, x.elements());
    }
  }

  /** Requires statistics of two pixels or more, all with as many channels. */
  public static void statistics(String op, long pixels, Tensor mean, Tensor... others) {
    for (Tensor each : others) {
      Checks.elements(op, "numbers per channel", each, mean.elements());
    }
    Checks.that(pixels > 1, op, "statistics of 2 pixels or more, not " + pixels, mean);
  }
}
