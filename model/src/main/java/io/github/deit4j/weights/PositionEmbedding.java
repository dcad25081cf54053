package io.github.deit4j.weights;

import io.github.deit4j.tensor.ShapeException;

/** Fits a trained position embedding to another number of patches, as for another image size. */
public final class PositionEmbedding {
  private PositionEmbedding() {}

  /** How embeddings between the trained positions are computed. */
  public enum Method {
    /** Cubic convolution, a = −0.75, without antialiasing: what DeiT's fine-tuning does. */
    BICUBIC(-0.75),
    /** Cubic convolution, a = −0.5, widened when the grid shrinks: what newer timm does. */
    BICUBIC_ANTIALIASED(-0.5);

    private final double a;

    Method(double a) {
      this.a = a;
    }

    // Keys, "Cubic convolution interpolation for digital image processing", 1981, with free a.
    private double kernel(double x) {
      double d = Math.abs(x);
      if (d < 1) {
        return ((a + 2) * d - (a + 3)) * d * d + 1;
      }
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    }
  }

  /** Rows and columns of patches. */
  public record PatchGrid(int rows, int columns) {}

  /**
   * Resizes the grid part of a position embedding; prefix tokens are kept.
   *
   * @param embedding {@code [prefixTokens + from.rows × from.columns, dim]}
   * @param prefixTokens class and distillation tokens in front of the grid
   * @return {@code [prefixTokens + to.rows × to.columns, dim]}
   * @throws ShapeException if a size is not positive or the embedding has another length
   */
  public static float[] resize(
      float[] embedding, int prefixTokens, PatchGrid from, PatchGrid to, int dim, Method method) {
    int oldLength = length(prefixTokens, from, dim);
    if (embedding.length != oldLength) {
      throw new ShapeException(
          "position embedding: expected %d numbers for %s, found %d"
              .formatted(oldLength, sizes(prefixTokens, from, dim), embedding.length));
    }
    int prefix = prefixTokens * dim;
    // What lies between the two passes must fit an array too.
    length(0, new PatchGrid(from.rows, to.columns), dim);
    var resized = new float[length(prefixTokens, to, dim)];
    System.arraycopy(embedding, 0, resized, 0, prefix);
    var grid = new double[oldLength - prefix];
    for (int i = 0; i < grid.length; i++) {
      grid[i] = embedding[prefix + i];
    }
    grid = resample(grid, from.rows, dim, new Taps(method, from.columns, to.columns));
    grid = resample(grid, 1, to.columns * dim, new Taps(method, from.rows, to.rows));
    for (int i = 0; i < grid.length; i++) {
      resized[prefix + i] = (float) grid[i];
    }
    return resized;
  }

  private static int length(int prefixTokens, PatchGrid grid, int dim) {
    if (prefixTokens < 0 || grid.rows <= 0 || grid.columns <= 0 || dim <= 0) {
      throw new ShapeException(
          "position embedding: expected positive sizes, found " + sizes(prefixTokens, grid, dim));
    }
    try {
      int tokens = Math.addExact(prefixTokens, Math.multiplyExact(grid.rows, grid.columns));
      return Math.multiplyExact(tokens, dim);
    } catch (ArithmeticException e) {
      throw new ShapeException("position embedding: too large for a Java array");
    }
  }

  private static String sizes(int prefixTokens, PatchGrid grid, int dim) {
    return "%d prefix tokens and a grid of %d × %d of %d"
        .formatted(prefixTokens, grid.rows, grid.columns, dim);
  }

  /** Resamples the middle dimension of {@code [outer, taps.oldSize, inner]}. */
  private static double[] resample(double[] in, int outer, int inner, Taps taps) {
    int newSize = taps.weights.length;
    var out = new double[outer * newSize * inner];
    for (int o = 0; o < outer; o++) {
      for (int n = 0; n < newSize; n++) {
        int to = (o * newSize + n) * inner;
        for (int t = 0; t < taps.weights[n].length; t++) {
          double weight = taps.weights[n][t];
          // Beyond the grid its border is read.
          int position = Math.clamp(taps.first[n] + t, 0, taps.oldSize - 1);
          int from = (o * taps.oldSize + position) * inner;
          for (int i = 0; i < inner; i++) {
            out[to + i] += weight * in[from + i];
          }
        }
      }
    }
    return out;
  }

  /**
   * Which old positions make up each new position along one axis of the grid: from the first one
   * on, as many as there are weights. Positions are pixel centres: new position n lies at (n + 0.5)
   * · oldSize / newSize − 0.5.
   */
  private static final class Taps {
    private final int oldSize;
    private final int[] first;
    private final double[][] weights;

    Taps(Method method, int oldSize, int newSize) {
      this.oldSize = oldSize;
      this.first = new int[newSize];
      this.weights = new double[newSize][];
      for (int n = 0; n < newSize; n++) {
        double centre = (n + 0.5) * oldSize / newSize;
        switch (method) {
          case BICUBIC -> setFour(n, centre - 0.5);
          case BICUBIC_ANTIALIASED ->
              setAntialiased(n, centre, Math.max((double) oldSize / newSize, 1));
        }
      }
    }

    private void setFour(int n, double centre) {
      first[n] = (int) Math.floor(centre) - 1;
      weights[n] = new double[4];
      for (int t = 0; t < 4; t++) {
        weights[n][t] = Method.BICUBIC.kernel(centre - (first[n] + t));
      }
    }

    /** Sets the taps under the kernel widened to {@code scale}, normalized to sum 1. */
    private void setAntialiased(int n, double centre, double scale) {
      double support = 2 * scale;
      first[n] = Math.max(0, (int) (centre - support + 0.5));
      int end = Math.min(oldSize, (int) (centre + support + 0.5));
      weights[n] = new double[end - first[n]];
      double sum = 0;
      for (int t = 0; t < weights[n].length; t++) {
        weights[n][t] = Method.BICUBIC_ANTIALIASED.kernel((first[n] + t + 0.5 - centre) / scale);
        sum += weights[n][t];
      }
      for (int t = 0; t < weights[n].length; t++) {
        weights[n][t] /= sum;
      }
    }
  }
}
