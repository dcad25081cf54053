package io.github.deit4j.cpu.conv;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE;

import io.github.deit4j.cpu.conv.BatchNormKernel.ScalarBatchNorm;
import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * {@link ScalarBatchNorm} in vectors. Passes that write go through memory as it lies, past the
 * layer's numbers repeated so often that they fill whole vectors, and leave the tail to its loops.
 * Passes that add up take eight channels at a time, with the sums in registers; channels that are
 * no multiple of eight, which no RegNet has, go there.
 */
public final class VectorBatchNorm implements BatchNormKernel {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = EIGHT.length();

  /** Least numbers of a stretch: enough that its loop pays. */
  private static final int STRETCH = 256;

  private final ScalarBatchNorm scalar = new ScalarBatchNorm();

  @Override
  public void addSums(float[] sums, MemorySegment x, long from, long to) {
    if (sums.length % STEP != 0) {
      scalar.addSums(sums, x, from, to);
      return;
    }
    int pixels = (int) ((to - from) / sums.length);
    for (int c = 0; c < sums.length; c += STEP) {
      FloatVector sum = VectorMath.eight(sums, c);
      long i = 4 * (from + c);
      for (int pixel = 0; pixel < pixels; pixel++) {
        sum = VectorMath.eight(x, i).add(sum);
        i += 4L * sums.length;
      }
      VectorMath.eight(sum).intoArray(sums, c);
    }
  }

  @Override
  public void addSquares(float[] sums, MemorySegment x, float[] mean, long from, long to) {
    if (sums.length % STEP != 0) {
      scalar.addSquares(sums, x, mean, from, to);
      return;
    }
    int pixels = (int) ((to - from) / sums.length);
    for (int c = 0; c < sums.length; c += STEP) {
      FloatVector center = VectorMath.eight(mean, c);
      FloatVector sum = VectorMath.eight(sums, c);
      long i = 4 * (from + c);
      for (int pixel = 0; pixel < pixels; pixel++) {
        FloatVector d = VectorMath.eight(x, i).sub(center);
        sum = d.fma(d, sum);
        i += 4L * sums.length;
      }
      VectorMath.eight(sum).intoArray(sums, c);
    }
  }

  /** Returns how many numbers fill whole vectors and have all channels equally often. */
  private static int stretch(int channels) {
    int least = channels * (LANES / Math.min(LANES, Integer.lowestOneBit(channels)));
    return least * Math.max(1, STRETCH / least);
  }

  /** Returns a stretch of the channels' numbers for elements from one on. */
  private static float[] repeat(float[] numbers, long first) {
    float[] repeated = new float[stretch(numbers.length)];
    for (int at = -(int) (first % numbers.length); at < repeated.length; at += numbers.length) {
      int from = Math.max(0, -at);
      int count = Math.min(numbers.length, repeated.length - at) - from;
      System.arraycopy(numbers, from, repeated, at + from, count);
    }
    return repeated;
  }

  private static Layer repeat(Layer layer, long first) {
    return new Layer(
        repeat(layer.mean(), first),
        repeat(layer.scale(), first),
        repeat(layer.bias(), first),
        layer.relu());
  }

  @Override
  public void forward(
      MemorySegment y, MemorySegment x, MemorySegment residual, Layer layer, long from, long to) {
    Layer stretch = repeat(layer, from);
    long whole = from + WIDE.loopBound(to - from);
    for (long i = from; i < whole; i += stretch.channels()) {
      forward(y, x, residual, stretch, 4 * i, (int) Math.min(stretch.channels(), whole - i));
    }
    scalar.forward(y, x, residual, layer, whole, to);
  }

  private static void forward(
      MemorySegment y, MemorySegment x, MemorySegment residual, Layer layer, long at, int count) {
    float[] mean = layer.mean();
    float[] scale = layer.scale();
    float[] bias = layer.bias();
    boolean relu = layer.relu();
    for (int j = 0; j < count; j += LANES) {
      long i = at + 4L * j;
      FloatVector t =
          VectorMath.wide(x, i)
              .sub(VectorMath.wide(mean, j))
              .fma(VectorMath.wide(scale, j), VectorMath.wide(bias, j));
      if (residual != null) {
        t = t.add(FloatVector.fromMemorySegment(WIDE, NATIVE.cast(residual), i, ORDER));
      }
      if (relu) {
        t = t.blend(0f, t.lt(0f));
      }
      t.intoMemorySegment(NATIVE.cast(y), i, ORDER);
    }
  }

  @Override
  public void residualGradient(
      MemorySegment g,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      Layer layer,
      long from,
      long to) {
    if (!layer.relu()) {
      MemorySegment.copy(dy, 4 * from, g, 4 * from, 4 * (to - from));
      return;
    }
    Layer stretch = repeat(layer, from);
    long whole = from + WIDE.loopBound(to - from);
    for (long i = from; i < whole; i += stretch.channels()) {
      residualGradient(
          g, dy, x, residual, stretch, 4 * i, (int) Math.min(stretch.channels(), whole - i));
    }
    scalar.residualGradient(g, dy, x, residual, layer, whole, to);
  }

  private static void residualGradient(
      MemorySegment g,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      Layer layer,
      long at,
      int count) {
    float[] mean = layer.mean();
    float[] scale = layer.scale();
    float[] bias = layer.bias();
    FloatVector zero = FloatVector.zero(WIDE);
    for (int j = 0; j < count; j += LANES) {
      long i = at + 4L * j;
      FloatVector gradient = VectorMath.wide(dy, i);
      FloatVector added = VectorMath.wide(residual, i);
      FloatVector t =
          VectorMath.wide(x, i)
              .sub(VectorMath.wide(mean, j))
              .fma(VectorMath.wide(scale, j), VectorMath.wide(bias, j))
              .add(added);
      zero.blend(gradient, zero.lt(t)).intoMemorySegment(NATIVE.cast(g), i, ORDER);
    }
  }

  @Override
  public void addGradients(
      float[] sums, MemorySegment dy, MemorySegment x, Layer layer, long from, long to) {
    int channels = layer.channels();
    if (channels % STEP != 0) {
      scalar.addGradients(sums, dy, x, layer, from, to);
      return;
    }
    int pixels = (int) ((to - from) / channels);
    for (int c = 0; c < channels; c += STEP) {
      addGradients(sums, dy, x, layer, c, 4 * (from + c), pixels);
    }
  }

  private static void addGradients(
      float[] sums, MemorySegment dy, MemorySegment x, Layer layer, int c, long at, int pixels) {
    int channels = layer.channels();
    FloatVector mean = VectorMath.eight(layer.mean(), c);
    FloatVector scale = VectorMath.eight(layer.scale(), c);
    FloatVector bias = VectorMath.eight(layer.bias(), c);
    FloatVector sum = VectorMath.eight(sums, c);
    FloatVector product = VectorMath.eight(sums, channels + c);
    FloatVector zero = FloatVector.zero(EIGHT);
    boolean relu = layer.relu();
    long i = at;
    for (int pixel = 0; pixel < pixels; pixel++) {
      FloatVector difference = VectorMath.eight(x, i).sub(mean);
      FloatVector g = VectorMath.eight(dy, i);
      if (relu) {
        FloatVector t = difference.fma(scale, bias);
        g = zero.blend(g, zero.lt(t));
      }
      sum = g.add(sum);
      product = g.fma(difference, product);
      i += 4L * channels;
    }
    VectorMath.eight(sum).intoArray(sums, c);
    VectorMath.eight(product).intoArray(sums, channels + c);
  }

  @Override
  public void backward(
      MemorySegment dx, MemorySegment dy, MemorySegment x, Gradient of, long from, long to) {
    Layer stretch = repeat(of.layer(), from);
    var gradient = new Gradient(stretch, repeat(of.slope(), from), repeat(of.offset(), from));
    long whole = from + WIDE.loopBound(to - from);
    for (long i = from; i < whole; i += stretch.channels()) {
      backward(dx, dy, x, gradient, 4 * i, (int) Math.min(stretch.channels(), whole - i));
    }
    scalar.backward(dx, dy, x, of, whole, to);
  }

  private static void backward(
      MemorySegment dx, MemorySegment dy, MemorySegment x, Gradient of, long at, int count) {
    float[] mean = of.layer().mean();
    float[] scale = of.layer().scale();
    float[] bias = of.layer().bias();
    float[] slope = of.slope();
    float[] offset = of.offset();
    boolean relu = of.layer().relu();
    FloatVector zero = FloatVector.zero(WIDE);
    for (int j = 0; j < count; j += LANES) {
      long i = at + 4L * j;
      FloatVector difference = VectorMath.wide(x, i).sub(VectorMath.wide(mean, j));
      FloatVector scales = VectorMath.wide(scale, j);
      FloatVector g = VectorMath.wide(dy, i);
      if (relu) {
        FloatVector t = difference.fma(scales, VectorMath.wide(bias, j));
        g = zero.blend(g, zero.lt(t));
      }
      FloatVector slopes = VectorMath.wide(slope, j);
      FloatVector rest = slopes.fma(difference, VectorMath.wide(offset, j));
      scales.fma(g, rest).intoMemorySegment(NATIVE.cast(dx), i, ORDER);
    }
  }
}
