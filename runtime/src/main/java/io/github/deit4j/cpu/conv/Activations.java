package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.ScalarMath;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/** The activations of squeeze-and-excitation. Ranges count elements. */
public interface Activations {
  /** {@code y = x}, 0 where x is negative; NaN stays NaN. */
  void relu(MemorySegment y, MemorySegment x, long from, long to);

  /** {@code dx = dy}, 0 where y is not positive. */
  void reluBackward(MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to);

  /** {@code y = 1/(1 + e^−x)}. */
  void sigmoid(MemorySegment y, MemorySegment x, long from, long to);

  /** {@code dx = dy·(y·(1 − y))}. */
  void sigmoidBackward(MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to);

  /** Returns a case of each op, of {@code rows · width} numbers. */
  static List<KernelCase<Activations>> cases(int rows, int width, RandomGenerator random) {
    int n = rows * width;
    return List.of(
        KernelCase.<Activations>ranges("relu", n, n, n)
            .call((k, x, f, from, to) -> k.relu(x[0], x[1], from, to)),
        KernelCase.<Activations>ranges("reluBackward", n, n, n, n)
            .call((k, x, f, from, to) -> k.reluBackward(x[0], x[1], x[2], from, to)),
        KernelCase.<Activations>ranges("sigmoid", n, n, n)
            .call((k, x, f, from, to) -> k.sigmoid(x[0], x[1], from, to)),
        KernelCase.<Activations>ranges("sigmoidBackward", n, n, n, n)
            .call((k, x, f, from, to) -> k.sigmoidBackward(x[0], x[1], x[2], from, to)));
  }

  /** The specification. */
  final class ScalarActivations implements Activations {
    @Override
    public void relu(MemorySegment y, MemorySegment x, long from, long to) {
      for (long i = from; i < to; i++) {
        float value = x.getAtIndex(JAVA_FLOAT, i);
        y.setAtIndex(JAVA_FLOAT, i, value < 0 ? 0f : value);
      }
    }

    @Override
    public void reluBackward(
        MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to) {
      for (long i = from; i < to; i++) {
        float gradient = dy.getAtIndex(JAVA_FLOAT, i);
        dx.setAtIndex(JAVA_FLOAT, i, y.getAtIndex(JAVA_FLOAT, i) > 0 ? gradient : 0f);
      }
    }

    @Override
    public void sigmoid(MemorySegment y, MemorySegment x, long from, long to) {
      for (long i = from; i < to; i++) {
        float value = x.getAtIndex(JAVA_FLOAT, i);
        float power = value < -ScalarMath.EXP_HIGHEST ? ScalarMath.EXP_HIGHEST : -value;
        y.setAtIndex(JAVA_FLOAT, i, 1f / (1f + ScalarMath.exp(power)));
      }
    }

    @Override
    public void sigmoidBackward(
        MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to) {
      for (long i = from; i < to; i++) {
        float value = y.getAtIndex(JAVA_FLOAT, i);
        dx.setAtIndex(JAVA_FLOAT, i, dy.getAtIndex(JAVA_FLOAT, i) * (value * (1f - value)));
      }
    }
  }
}
