package io.github.deit4j.cpu.kernel;

/**
 * The Gaussian error linear unit in its exact form, {@code x·Φ(x)} with {@code Φ(x) = ½(1 +
 * erf(x/√2))} (Hendrycks and Gimpel 2016); not the tanh approximation. On the first {@code count}
 * numbers of arrays, in place.
 */
public interface Gelu {
  /** {@code x = x·Φ(x)}. */
  void forward(float[] x, int count);

  /** {@code dy = dy·(Φ(x) + x·φ(x))}, φ being the normal density. */
  void backward(float[] dy, float[] x, int count);
}
