package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** {@link Optimizers} as specified. */
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
      MemorySegment p,
      MemorySegment b,
      MemorySegment g,
      float gradientScale,
      float weightDecay,
      float momentum,
      float learningRate,
      long from,
      long to) {
    for (long i = from; i < to; i++) {
      float value = p.getAtIndex(JAVA_FLOAT, i);
      float d = Math.fma(weightDecay, value, gradientScale * g.getAtIndex(JAVA_FLOAT, i));
      float velocity = Math.fma(momentum, b.getAtIndex(JAVA_FLOAT, i), d);
      b.setAtIndex(JAVA_FLOAT, i, velocity);
      p.setAtIndex(JAVA_FLOAT, i, Math.fma(-learningRate, velocity, value));
    }
  }

  @Override
  public void ema(MemorySegment ema, MemorySegment p, float decay, float rest, long from, long to) {
    for (long i = from; i < to; i++) {
      float value =
          Math.fma(decay, ema.getAtIndex(JAVA_FLOAT, i), rest * p.getAtIndex(JAVA_FLOAT, i));
      ema.setAtIndex(JAVA_FLOAT, i, value);
    }
  }
}
