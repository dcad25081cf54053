package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** {@link ScalarOptimizers} in vectors, the tail in its loops. */
final class VectorOptimizers implements Optimizers {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = EIGHT.length();

  private final ScalarOptimizers tail = new ScalarOptimizers();

  @Override
  public void adamW(
      MemorySegment p,
      MemorySegment m,
      MemorySegment v,
      MemorySegment g,
      AdamW factors,
      long from,
      long to) {
    FloatVector beta1 = FloatVector.broadcast(EIGHT, factors.beta1());
    FloatVector beta2 = FloatVector.broadcast(EIGHT, factors.beta2());
    FloatVector rest1 = FloatVector.broadcast(EIGHT, 1f - factors.beta1());
    FloatVector rest2 = FloatVector.broadcast(EIGHT, 1f - factors.beta2());
    FloatVector rootScale = FloatVector.broadcast(EIGHT, factors.rootScale());
    FloatVector epsilon = FloatVector.broadcast(EIGHT, factors.epsilon());
    FloatVector stepSize = FloatVector.broadcast(EIGHT, factors.stepSize());
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      long at = 4 * i;
      FloatVector gradient =
          FloatVector.fromMemorySegment(EIGHT, g, at, ORDER).mul(factors.gradientScale());
      FloatVector first = FloatVector.fromMemorySegment(EIGHT, m, at, ORDER);
      first = beta1.fma(first, rest1.mul(gradient));
      FloatVector second = FloatVector.fromMemorySegment(EIGHT, v, at, ORDER);
      second = beta2.fma(second, rest2.mul(gradient).mul(gradient));
      FloatVector root = second.sqrt().fma(rootScale, epsilon);
      FloatVector.fromMemorySegment(EIGHT, p, at, ORDER)
          .mul(factors.decay())
          .sub(stepSize.mul(first).div(root))
          .intoMemorySegment(p, at, ORDER);
      first.intoMemorySegment(m, at, ORDER);
      second.intoMemorySegment(v, at, ORDER);
    }
    tail.adamW(p, m, v, g, factors, i, to);
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
    FloatVector decays = FloatVector.broadcast(EIGHT, weightDecay);
    FloatVector momenta = FloatVector.broadcast(EIGHT, momentum);
    FloatVector rates = FloatVector.broadcast(EIGHT, -learningRate);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      long at = 4 * i;
      FloatVector value = FloatVector.fromMemorySegment(EIGHT, p, at, ORDER);
      FloatVector gradient = FloatVector.fromMemorySegment(EIGHT, g, at, ORDER).mul(gradientScale);
      FloatVector d = decays.fma(value, gradient);
      FloatVector velocity = momenta.fma(FloatVector.fromMemorySegment(EIGHT, b, at, ORDER), d);
      velocity.intoMemorySegment(b, at, ORDER);
      rates.fma(velocity, value).intoMemorySegment(p, at, ORDER);
    }
    tail.sgd(p, b, g, gradientScale, weightDecay, momentum, learningRate, i, to);
  }

  @Override
  public void ema(MemorySegment ema, MemorySegment p, float decay, float rest, long from, long to) {
    FloatVector decays = FloatVector.broadcast(EIGHT, decay);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector update = FloatVector.fromMemorySegment(EIGHT, p, 4 * i, ORDER).mul(rest);
      FloatVector average = FloatVector.fromMemorySegment(EIGHT, ema, 4 * i, ORDER);
      decays.fma(average, update).intoMemorySegment(ema, 4 * i, ORDER);
    }
    tail.ema(ema, p, decay, rest, i, to);
  }
}
