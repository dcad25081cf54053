package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
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

  /** {@code y = fma(factorA, a, factorB·b)}. */
  void addMultiples(
      MemorySegment y,
      MemorySegment a,
      float factorA,
      MemorySegment b,
      float factorB,
      long from,
      long to);

  /** {@code y = factor·x}. */
  void scale(MemorySegment y, MemorySegment x, float factor, long from, long to);

  /**
   * {@code y[i] = a[i] + b[i mod period]}: adds one image's worth of numbers to every image.
   *
   * @param period length of b
   */
  void addRepeated(
      MemorySegment y, MemorySegment a, MemorySegment b, long period, long from, long to);

  /** Returns a case of each op, of {@code rows · width} numbers; some in place. */
  static List<KernelCase<Elementwise>> cases(int rows, int width, RandomGenerator random) {
    int n = rows * width;
    int a = random.nextInt(2);
    int b = random.nextInt(3);
    int period = random.nextInt(1, n + 20);
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
        KernelCase.<Elementwise>ranges("addRepeated", n, n, n, period)
            .call((k, x, f, from, to) -> k.addRepeated(x[0], x[a], x[2], period, from, to)));
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
        MemorySegment y,
        MemorySegment a,
        float factorA,
        MemorySegment b,
        float factorB,
        long from,
        long to) {
      for (long i = from; i < to; i++) {
        float second = factorB * b.getAtIndex(JAVA_FLOAT, i);
        y.setAtIndex(JAVA_FLOAT, i, Math.fma(factorA, a.getAtIndex(JAVA_FLOAT, i), second));
      }
    }

    @Override
    public void scale(MemorySegment y, MemorySegment x, float factor, long from, long to) {
      for (long i = from; i < to; i++) {
        y.setAtIndex(JAVA_FLOAT, i, factor * x.getAtIndex(JAVA_FLOAT, i));
      }
    }

    @Override
    public void addRepeated(
        MemorySegment y, MemorySegment a, MemorySegment b, long period, long from, long to) {
      for (long i = from; i < to; i++) {
        float sum = a.getAtIndex(JAVA_FLOAT, i) + b.getAtIndex(JAVA_FLOAT, i % period);
        y.setAtIndex(JAVA_FLOAT, i, sum);
      }
    }
  }
}
