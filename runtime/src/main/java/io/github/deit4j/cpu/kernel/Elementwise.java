package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.ScalarMath;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/** Ops in which each element stands alone. Ranges count elements; destinations may be sources. */
public interface Elementwise {
  /** {@code y = a + b}. */
  void add(MemorySegment y, MemorySegment a, MemorySegment b, long from, long to);

  /** {@code y = fma(factor, x, base)}. */
  void addScaled(
      MemorySegment y, MemorySegment base, MemorySegment x, float factor, long from, long to);

  /** {@code y = fma(s, a, t·b)}. */
  void addMultiples(
      MemorySegment y, MemorySegment a, float s, MemorySegment b, float t, long from, long to);

  /** {@code y = factor·x}. */
  void scale(MemorySegment y, MemorySegment x, float factor, long from, long to);

  /** {@code y = x}, 0 where x is negative; NaN stays NaN. */
  void relu(MemorySegment y, MemorySegment x, long from, long to);

  /** {@code dx = dy}, 0 where y is not positive. */
  void reluBackward(MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to);

  /** {@code y = 1/(1 + e^−x)}. */
  void sigmoid(MemorySegment y, MemorySegment x, long from, long to);

  /** {@code dx = dy·(y·(1 − y))}. */
  void sigmoidBackward(MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to);

  /** Returns a case of each op, of {@code rows · width} numbers; some in place. */
  static List<KernelCase<Elementwise>> cases(int rows, int width, RandomGenerator random) {
    int n = rows * width;
    int a = random.nextInt(2);
    int b = random.nextInt(3);
    return List.of(
        KernelCase.<Elementwise>ranges("add", n, n, n, n)
            .call((k, x, f, from, to) -> k.add(x[0], x[a], x[b], from, to)),
        KernelCase.<Elementwise>ranges("addScaled", n, n, n, n)
            .arrays(1)
            .call((k, x, f, from, to) -> k.addScaled(x[0], x[a], x[b], f[0][0], from, to)),
        KernelCase.<Elementwise>ranges("addMultiples", n, n, n, n)
            .arrays(2)
            .call(
                (k, x, f, from, to) ->
                    k.addMultiples(x[0], x[a], f[0][0], x[b], f[0][1], from, to)),
        KernelCase.<Elementwise>ranges("scale", n, n, n)
            .arrays(1)
            .call((k, x, f, from, to) -> k.scale(x[0], x[a], f[0][0], from, to)),
        KernelCase.<Elementwise>ranges("relu", n, n, n)
            .call((k, x, f, from, to) -> k.relu(x[0], x[1], from, to)),
        KernelCase.<Elementwise>ranges("reluBackward", n, n, n, n)
            .call((k, x, f, from, to) -> k.reluBackward(x[0], x[1], x[2], from, to)),
        KernelCase.<Elementwise>ranges("sigmoid", n, n, n)
            .call((k, x, f, from, to) -> k.sigmoid(x[0], x[1], from, to)),
        KernelCase.<Elementwise>ranges("sigmoidBackward", n, n, n, n)
            .call((k, x, f, from, to) -> k.sigmoidBackward(x[0], x[1], x[2], from, to)));
  }

  /** The specification. */
  final class ScalarElementwise implements Elementwise {
    @Override
    public void add(MemorySegment y, MemorySegment a, MemorySegment b, long from, long to) {
      for (long i = from; i < to; i++) {
        y.setAtIndex(JAVA_FLOAT, i, a.getAtIndex(JAVA_FLOAT, i) + b.getAtIndex(JAVA_FLOAT, i));
      }
    }

    @Override
    public void addScaled(
        MemorySegment y, MemorySegment base, MemorySegment x, float factor, long from, long to) {
      for (long i = from; i < to; i++) {
        float sum = Math.fma(factor, x.getAtIndex(JAVA_FLOAT, i), base.getAtIndex(JAVA_FLOAT, i));
        y.setAtIndex(JAVA_FLOAT, i, sum);
      }
    }

    @Override
    public void addMultiples(
        MemorySegment y, MemorySegment a, float s, MemorySegment b, float t, long from, long to) {
      for (long i = from; i < to; i++) {
        float second = t * b.getAtIndex(JAVA_FLOAT, i);
        y.setAtIndex(JAVA_FLOAT, i, Math.fma(s, a.getAtIndex(JAVA_FLOAT, i), second));
      }
    }

    @Override
    public void scale(MemorySegment y, MemorySegment x, float factor, long from, long to) {
      for (long i = from; i < to; i++) {
        y.setAtIndex(JAVA_FLOAT, i, factor * x.getAtIndex(JAVA_FLOAT, i));
      }
    }

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
