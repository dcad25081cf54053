package io.github.deit4j.cpu.kernel;

/**
 * The Gaussian error linear unit in its exact form, {@code x·Φ(x)} with {@code Φ(x) = ½(1 +
 * erf(x/√2))} (Hendrycks and Gimpel 2016); not the tanh approximation. In place.
 */
public interface Gelu {
  /**
   * {@code x = x·Φ(x)} in some rows of an array.
   *
   * @param at where the first row starts
   * @param columns numbers of a row
   * @param stride from one row to the next
   */
  void forward(float[] x, int at, int rows, int columns, int stride);

  /** {@code x = x·Φ(x)}, the first {@code count} numbers of an array. */
  default void forward(float[] x, int count) {
    forward(x, 0, 1, count, count);
  }

  /** {@code dy = dy·(Φ(x) + x·φ(x))}, φ being the normal density; the first {@code count}. */
  void backward(float[] dy, float[] x, int count);
}
