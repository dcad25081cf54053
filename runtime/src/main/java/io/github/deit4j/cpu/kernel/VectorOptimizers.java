package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE;

import io.github.deit4j.cpu.core.VectorMath;
import io.github.deit4j.cpu.kernel.Optimizers.ScalarOptimizers;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** {@link ScalarOptimizers} in vectors, the tail in its loops. */
final class VectorOptimizers implements Optimizers {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = WIDE.length();

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
    FloatVector beta1 = FloatVector.broadcast(WIDE, factors.beta1());
    FloatVector beta2 = FloatVector.broadcast(WIDE, factors.beta2());
    FloatVector rest1 = FloatVector.broadcast(WIDE, 1f - factors.beta1());
    FloatVector rest2 = FloatVector.broadcast(WIDE, 1f - factors.beta2());
    FloatVector rootScale = FloatVector.broadcast(WIDE, factors.rootScale());
    FloatVector epsilon = FloatVector.broadcast(WIDE, factors.epsilon());
    FloatVector stepSize = FloatVector.broadcast(WIDE, factors.stepSize());
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      long at = 4 * i;
      FloatVector gradient = VectorMath.wide(g, at).mul(factors.gradientScale());
      FloatVector first = VectorMath.wide(m, at);
      first = beta1.fma(first, rest1.mul(gradient));
      FloatVector second = VectorMath.wide(v, at);
      second = beta2.fma(second, rest2.mul(gradient).mul(gradient));
      FloatVector root = second.sqrt().fma(rootScale, epsilon);
      VectorMath.wide(p, at)
          .mul(factors.decay())
          .sub(stepSize.mul(first).div(root))
          .intoMemorySegment(NATIVE.cast(p), at, ORDER);
      first.intoMemorySegment(NATIVE.cast(m), at, ORDER);
      second.intoMemorySegment(NATIVE.cast(v), at, ORDER);
    }
    tail.adamW(p, m, v, g, factors, i, to);
  }

  @Override
  public void sgd(
      MemorySegment p, MemorySegment b, MemorySegment g, Sgd factors, long from, long to) {
    long rest =
        factors.nesterov()
            ? nesterov(p, b, g, factors, from, to)
            : plain(p, b, g, factors, from, to);
    tail.sgd(p, b, g, factors, rest, to);
  }

  /** Does whole vectors, and returns where it ended. */
  private static long plain(
      MemorySegment p, MemorySegment b, MemorySegment g, Sgd factors, long from, long to) {
    float scale = factors.gradientScale();
    FloatVector decays = FloatVector.broadcast(WIDE, factors.weightDecay());
    FloatVector momenta = FloatVector.broadcast(WIDE, factors.momentum());
    FloatVector rates = FloatVector.broadcast(WIDE, -factors.learningRate());
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      long at = 4 * i;
      FloatVector value = VectorMath.wide(p, at);
      FloatVector gradient = VectorMath.wide(g, at).mul(scale);
      FloatVector d = decays.fma(value, gradient);
      FloatVector velocity = momenta.fma(VectorMath.wide(b, at), d);
      velocity.intoMemorySegment(NATIVE.cast(b), at, ORDER);
      rates.fma(velocity, value).intoMemorySegment(NATIVE.cast(p), at, ORDER);
    }
    return i;
  }

  /** A loop of its own, since a vector that is one of two would be boxed. */
  private static long nesterov(
      MemorySegment p, MemorySegment b, MemorySegment g, Sgd factors, long from, long to) {
    float scale = factors.gradientScale();
    FloatVector decays = FloatVector.broadcast(WIDE, factors.weightDecay());
    FloatVector momenta = FloatVector.broadcast(WIDE, factors.momentum());
    FloatVector rates = FloatVector.broadcast(WIDE, -factors.learningRate());
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      long at = 4 * i;
      FloatVector value = VectorMath.wide(p, at);
      FloatVector gradient = VectorMath.wide(g, at).mul(scale);
      FloatVector d = decays.fma(value, gradient);
      FloatVector velocity = momenta.fma(VectorMath.wide(b, at), d);
      velocity.intoMemorySegment(NATIVE.cast(b), at, ORDER);
      FloatVector direction = momenta.fma(velocity, d);
      rates.fma(direction, value).intoMemorySegment(NATIVE.cast(p), at, ORDER);
    }
    return i;
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
    FloatVector beta1 = FloatVector.broadcast(WIDE, factors.beta1());
    FloatVector beta2 = FloatVector.broadcast(WIDE, factors.beta2());
    FloatVector rest1 = FloatVector.broadcast(WIDE, 1f - factors.beta1());
    FloatVector rest2 = FloatVector.broadcast(WIDE, 1f - factors.beta2());
    FloatVector rootScale = FloatVector.broadcast(WIDE, factors.rootScale());
    FloatVector epsilon = FloatVector.broadcast(WIDE, factors.epsilon());
    float scale = factors.gradientScale();
    FloatVector firstScale = FloatVector.broadcast(WIDE, factors.firstScale());
    FloatVector decays = FloatVector.broadcast(WIDE, factors.weightDecay());
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      long at = 4 * i;
      FloatVector gradient = VectorMath.wide(g, at).mul(scale);
      FloatVector first = VectorMath.wide(m, at);
      first = beta1.fma(first, rest1.mul(gradient));
      FloatVector second = VectorMath.wide(v, at);
      second = beta2.fma(second, rest2.mul(gradient).mul(gradient));
      FloatVector root = second.sqrt().fma(rootScale, epsilon);
      FloatVector direction = firstScale.mul(first).div(root);
      decays.fma(VectorMath.wide(p, at), direction).intoMemorySegment(NATIVE.cast(g), at, ORDER);
      first.intoMemorySegment(NATIVE.cast(m), at, ORDER);
      second.intoMemorySegment(NATIVE.cast(v), at, ORDER);
    }
    tail.lambDirection(p, m, v, g, factors, i, to);
  }

  @Override
  public void descend(MemorySegment p, MemorySegment direction, float rate, long from, long to) {
    FloatVector rates = FloatVector.broadcast(WIDE, -rate);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector value = VectorMath.wide(p, 4 * i);
      rates
          .fma(VectorMath.wide(direction, 4 * i), value)
          .intoMemorySegment(NATIVE.cast(p), 4 * i, ORDER);
    }
    tail.descend(p, direction, rate, i, to);
  }

  @Override
  public void ema(MemorySegment ema, MemorySegment p, float decay, float rest, long from, long to) {
    FloatVector decays = FloatVector.broadcast(WIDE, decay);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector update = VectorMath.wide(p, 4 * i).mul(rest);
      FloatVector average = VectorMath.wide(ema, 4 * i);
      decays.fma(average, update).intoMemorySegment(NATIVE.cast(ema), 4 * i, ORDER);
    }
    tail.ema(ema, p, decay, rest, i, to);
  }
}
