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
   * @param stride from one row to the next
   */
  void forward(float[] x, int at, int rows, int columns, int stride);

  /** The same on the first {@code count} numbers of an array. */
  default void forward(float[] x, int count) {
    forward(x, 0, 1, count, count);
  }

  /**
   * {@code dy = dy·(Φ(x) + x·φ(x))}, φ being the normal density, in some rows of both arrays.
   *
   * @param at where the first row starts
   * @param stride from one row to the next
   */
  void backward(float[] dy, float[] x, int at, int rows, int columns, int stride);

  /** The same on the first {@code count} numbers of both arrays. */
  default void backward(float[] dy, float[] x, int count) {
    backward(dy, x, 0, 1, count, count);
  }
}
