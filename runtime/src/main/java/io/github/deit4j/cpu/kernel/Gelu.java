package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.ScalarMath;
import java.util.List;
import java.util.random.RandomGenerator;

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

  /** Returns cases of numbers side by side and of rows with gaps between them. */
  static List<KernelCase<Gelu>> cases(int rows, int width, RandomGenerator random) {
    int n = rows * width;
    int at = random.nextInt(3);
    int stride = width + random.nextInt(3);
    int end = at + rows * stride;
    return List.of(
        KernelCase.<Gelu>whole("gelu")
            .arrays(n, n)
            .call(
                (k, x, f, from, to) -> {
                  // Again and again the activation of its own result would end at zero.
                  System.arraycopy(f[1], 0, f[0], 0, n);
                  k.forward(f[0], n);
                }),
        KernelCase.<Gelu>whole("geluOfRows")
            .arrays(end, end)
            .call(
                (k, x, f, from, to) -> {
                  System.arraycopy(f[1], 0, f[0], 0, end);
                  k.forward(f[0], at, rows, width, stride);
                }),
        KernelCase.<Gelu>whole("geluBackward")
            .arrays(n, n)
            .call((k, x, f, from, to) -> k.backward(f[0], f[1], n)),
        KernelCase.<Gelu>whole("geluBackwardOfRows")
            .arrays(end, end)
            .call((k, x, f, from, to) -> k.backward(f[0], f[1], at, rows, width, stride)));
  }

  /** The specification. */
  final class ScalarGelu implements Gelu {
    @Override
    public void forward(float[] x, int at, int rows, int columns, int stride) {
      for (int row = at; row < at + rows * stride; row += stride) {
        forward(x, row, row + columns);
      }
    }

    static void forward(float[] x, int from, int to) {
      for (int i = from; i < to; i++) {
        x[i] = x[i] * ScalarMath.normalCdf(x[i], ScalarMath.bell(x[i]));
      }
    }

    @Override
    public void backward(float[] dy, float[] x, int at, int rows, int columns, int stride) {
      for (int row = at; row < at + rows * stride; row += stride) {
        backward(dy, x, row, row + columns);
      }
    }

    static void backward(float[] dy, float[] x, int from, int to) {
      for (int i = from; i < to; i++) {
        float bell = ScalarMath.bell(x[i]);
        float slope = Math.fma(x[i], bell * ScalarMath.DENSITY, ScalarMath.normalCdf(x[i], bell));
        dy[i] = dy[i] * slope;
      }
    }
  }
}
