package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/** Parameter updates, element by element. Ranges count elements. */
public interface Optimizers {
  /**
   * The factors of one AdamW step t (Loshchilov and Hutter 2019), worked out in double and rounded
   * once.
   *
   * @param gradientScale what every gradient is multiplied by first: the clipping factor, or 1
   * @param decay {@code 1 − lr·weightDecay}
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param stepSize {@code lr/(1 − β1ᵗ)}
   * @param rootScale {@code 1/√(1 − β2ᵗ)}
   * @param epsilon added to the root of the second moment
   */
  record AdamW(
      float gradientScale,
      float decay,
      float beta1,
      float beta2,
      float stepSize,
      float rootScale,
      float epsilon) {}

  /**
   * {@code g' = gradientScale·g}, {@code m = fma(β1, m, (1−β1)·g')}, {@code v = fma(β2, v,
   * (1−β2)·g'·g')}, {@code p = p·decay − stepSize·m/fma(√v, rootScale, ε)}.
   */
  void adamW(
      MemorySegment p,
      MemorySegment m,
      MemorySegment v,
      MemorySegment g,
      AdamW factors,
      long from,
      long to);

  /**
   * The factors of a step of {@link #sgd}.
   *
   * @param nesterov whether the step looks ahead along the momentum
   */
  record Sgd(
      float gradientScale,
      float weightDecay,
      float momentum,
      float learningRate,
      boolean nesterov) {}

  /**
   * Stochastic gradient descent with momentum as in PyTorch: {@code d = fma(weightDecay, p,
   * gradientScale·g)}, {@code b = fma(momentum, b, d)}, {@code p = fma(−lr, b, p)}, with Nesterov
   * {@code p = fma(−lr, fma(momentum, b, d), p)}.
   */
  void sgd(MemorySegment p, MemorySegment b, MemorySegment g, Sgd factors, long from, long to);

  /**
   * The factors of the direction of a LAMB step t, worked out in double and rounded once.
   *
   * @param gradientScale what every gradient is multiplied by first: the clipping factor, or 1
   * @param weightDecay what of the parameter is added to its direction
   * @param firstScale {@code 1/(1 − β1ᵗ)}
   * @param rootScale {@code 1/√(1 − β2ᵗ)}
   * @param epsilon added to the root of the second moment
   */
  record Lamb(
      float gradientScale,
      float weightDecay,
      float beta1,
      float beta2,
      float firstScale,
      float rootScale,
      float epsilon) {}

  /**
   * The first half of a LAMB step: moments as of {@link #adamW}, and the direction in the
   * gradient's place: {@code g = fma(weightDecay, p, firstScale·m/fma(√v, rootScale, ε))}.
   */
  void lambDirection(
      MemorySegment p,
      MemorySegment m,
      MemorySegment v,
      MemorySegment g,
      Lamb factors,
      long from,
      long to);

  /** The second half: {@code p = fma(−rate, direction, p)}. */
  void descend(MemorySegment p, MemorySegment direction, float rate, long from, long to);

  /** Exponential moving average: {@code ema = fma(decay, ema, (1−decay)·p)}. */
  void ema(MemorySegment ema, MemorySegment p, float decay, float rest, long from, long to);

  /** Returns a case of each op, of {@code rows · width} parameters. */
  static List<KernelCase<Optimizers>> cases(int rows, int width, RandomGenerator random) {
    int n = rows * width;
    float scale = random.nextFloat();
    float decay = random.nextFloat();
    float momentum = random.nextFloat();
    float rate = random.nextFloat();
    float epsilon = random.nextBoolean() ? 1e-8f : 0f;
    var adamW =
        new AdamW(
            scale, 1f - 0.1f * decay, momentum, rate, 0.01f * decay, 1f + 10f * rate, epsilon);
    var lamb = new Lamb(scale, decay, momentum, rate, 1f + momentum, 1f + 10f * rate, epsilon);
    return List.of(
        KernelCase.<Optimizers>ranges("adamW", n, n, n, n, n)
            .call((k, x, f, from, to) -> k.adamW(x[0], x[1], x[2], x[3], adamW, from, to)),
        sgdCase("sgd", n, new Sgd(scale, decay, momentum, rate, false)),
        sgdCase("nesterov", n, new Sgd(scale, decay, momentum, rate, true)),
        KernelCase.<Optimizers>ranges("lambDirection", n, n, n, n, n)
            .call((k, x, f, from, to) -> k.lambDirection(x[0], x[1], x[2], x[3], lamb, from, to)),
        KernelCase.<Optimizers>ranges("descend", n, n, n)
            .call((k, x, f, from, to) -> k.descend(x[0], x[1], rate, from, to)),
        KernelCase.<Optimizers>ranges("ema", n, n, n)
            .call((k, x, f, from, to) -> k.ema(x[0], x[1], decay, 1f - decay, from, to)));
  }

  private static KernelCase<Optimizers> sgdCase(String name, int n, Sgd factors) {
    return KernelCase.<Optimizers>ranges(name, n, n, n, n)
        .call((k, x, f, from, to) -> k.sgd(x[0], x[1], x[2], factors, from, to));
  }

  /** The specification. */
  final class ScalarOptimizers implements Optimizers {
    @Override
    public void adamW(
        MemorySegment p,
        MemorySegment m,
        MemorySegment v,
        MemorySegment g,
        AdamW factors,
        long from,
        long to) {
      float rest1 = 1f - factors.beta1();
      float rest2 = 1f - factors.beta2();
      for (long i = from; i < to; i++) {
        float gradient = factors.gradientScale() * g.getAtIndex(JAVA_FLOAT, i);
        float first = Math.fma(factors.beta1(), m.getAtIndex(JAVA_FLOAT, i), rest1 * gradient);
        float second =
            Math.fma(factors.beta2(), v.getAtIndex(JAVA_FLOAT, i), rest2 * gradient * gradient);
        float root = Math.fma((float) Math.sqrt(second), factors.rootScale(), factors.epsilon());
        float decayed = p.getAtIndex(JAVA_FLOAT, i) * factors.decay();
        p.setAtIndex(JAVA_FLOAT, i, decayed - factors.stepSize() * first / root);
        m.setAtIndex(JAVA_FLOAT, i, first);
        v.setAtIndex(JAVA_FLOAT, i, second);
      }
    }

    @Override
    public void sgd(
        MemorySegment p, MemorySegment b, MemorySegment g, Sgd factors, long from, long to) {
      for (long i = from; i < to; i++) {
        float value = p.getAtIndex(JAVA_FLOAT, i);
        float gradient = factors.gradientScale() * g.getAtIndex(JAVA_FLOAT, i);
        float d = Math.fma(factors.weightDecay(), value, gradient);
        float velocity = Math.fma(factors.momentum(), b.getAtIndex(JAVA_FLOAT, i), d);
        float direction = factors.nesterov() ? Math.fma(factors.momentum(), velocity, d) : velocity;
        b.setAtIndex(JAVA_FLOAT, i, velocity);
        p.setAtIndex(JAVA_FLOAT, i, Math.fma(-factors.learningRate(), direction, value));
      }
    }

    @Override
    public void lambDirection(
        MemorySegment p,
        MemorySegment m,
        MemorySegment v,
        MemorySegment g,
        Lamb factors,
        long from,
        long to) {
      float rest1 = 1f - factors.beta1();
      float rest2 = 1f - factors.beta2();
      for (long i = from; i < to; i++) {
        float gradient = factors.gradientScale() * g.getAtIndex(JAVA_FLOAT, i);
        float first = Math.fma(factors.beta1(), m.getAtIndex(JAVA_FLOAT, i), rest1 * gradient);
        float second =
            Math.fma(factors.beta2(), v.getAtIndex(JAVA_FLOAT, i), rest2 * gradient * gradient);
        float root = Math.fma((float) Math.sqrt(second), factors.rootScale(), factors.epsilon());
        float direction = factors.firstScale() * first / root;
        float value = p.getAtIndex(JAVA_FLOAT, i);
        g.setAtIndex(JAVA_FLOAT, i, Math.fma(factors.weightDecay(), value, direction));
        m.setAtIndex(JAVA_FLOAT, i, first);
        v.setAtIndex(JAVA_FLOAT, i, second);
      }
    }

    @Override
    public void descend(MemorySegment p, MemorySegment direction, float rate, long from, long to) {
      for (long i = from; i < to; i++) {
        float value = p.getAtIndex(JAVA_FLOAT, i);
        p.setAtIndex(JAVA_FLOAT, i, Math.fma(-rate, direction.getAtIndex(JAVA_FLOAT, i), value));
      }
    }

    @Override
    public void ema(
        MemorySegment ema, MemorySegment p, float decay, float rest, long from, long to) {
      for (long i = from; i < to; i++) {
        float value =
            Math.fma(decay, ema.getAtIndex(JAVA_FLOAT, i), rest * p.getAtIndex(JAVA_FLOAT, i));
        ema.setAtIndex(JAVA_FLOAT, i, value);
      }
    }
  }
}
