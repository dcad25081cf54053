package io.github.deit4j.cpu.conv;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE;

import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * {@link ScalarBatchNorm} in vectors. Passes that write go through memory as it lies, past the
 * layer's numbers repeated so often that they fill whole vectors. Passes that add up take eight
 * channels at a time through blocks of pixels that fit a cache, with the sums in registers; the
 * channels left over go through the scalar loops.
 */
public final class VectorBatchNorm implements BatchNormKernel {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = EIGHT.length();
  private static final int BLOCK = 8192;

  /** Least numbers of a stretch: enough that its loop pays. */
  private static final int STRETCH = 256;

  private final ScalarBatchNorm rest = new ScalarBatchNorm();

  private static int whole(int channels) {
    return channels / STEP * STEP;
  }

  private static long block(int channels) {
    return Math.max(1, BLOCK / channels);
  }

  @Override
  public void sums(float[] sums, int at, MemorySegment x, int channels, long from, long to) {
    int whole = whole(channels);
    for (int c = 0; c < whole; c += STEP) {
      FloatVector.zero(EIGHT).intoArray(sums, at + c);
    }
    for (long start = from; start < to; start += block(channels)) {
      long end = Math.min(to, start + block(channels));
      for (int c = 0; c < whole; c += STEP) {
        addTo(sums, at + c, x, 4 * (start * channels + c), 4L * channels, (int) (end - start));
      }
    }
    rest.sums(whole, sums, at, x, channels, from, to);
  }

  private static void addTo(
      float[] sums, int at, MemorySegment x, long first, long stride, int pixels) {
    FloatVector sum = VectorMath.eight(sums, at);
    long i = first;
    for (int pixel = 0; pixel < pixels; pixel++) {
      sum = VectorMath.eight(x, i).add(sum);
      i += stride;
    }
    VectorMath.eight(sum).intoArray(sums, at);
  }

  @Override
  public void squares(
      float[] sums, int at, MemorySegment x, float[] mean, int channels, long from, long to) {
    int whole = whole(channels);
    for (int c = 0; c < whole; c += STEP) {
      FloatVector.zero(EIGHT).intoArray(sums, at + c);
    }
    for (long start = from; start < to; start += block(channels)) {
      long end = Math.min(to, start + block(channels));
      for (int c = 0; c < whole; c += STEP) {
        FloatVector center = VectorMath.eight(mean, c);
        FloatVector sum = VectorMath.eight(sums, at + c);
        long i = 4 * (start * channels + c);
        int pixels = (int) (end - start);
        for (int pixel = 0; pixel < pixels; pixel++) {
          FloatVector d = VectorMath.eight(x, i).sub(center);
          sum = d.fma(d, sum);
          i += 4L * channels;
        }
        VectorMath.eight(sum).intoArray(sums, at + c);
      }
    }
    rest.squares(whole, sums, at, x, mean, channels, from, to);
  }

  /** How often the numbers of all channels follow each other in a stretch of whole vectors. */
  private static int repeats(int channels) {
    int least = LANES / Math.min(LANES, Integer.lowestOneBit(channels));
    return least * Math.max(1, STRETCH / (least * channels));
  }

  private static float[] repeat(float[] numbers, int times) {
    float[] repeated = new float[numbers.length * times];
    for (int i = 0; i < repeated.length; i += numbers.length) {
      System.arraycopy(numbers, 0, repeated, i, numbers.length);
    }
    return repeated;
  }

  private static Layer repeat(Layer layer, int times) {
    return new Layer(
        layer.channels() * times,
        repeat(layer.mean(), times),
        repeat(layer.scale(), times),
        repeat(layer.bias(), times),
        layer.relu());
  }

  @Override
  public void forward(
      MemorySegment y, MemorySegment x, MemorySegment residual, Layer layer, long from, long to) {
    Layer stretch = repeat(layer, repeats(layer.channels()));
    long end = to * layer.channels();
    for (long i = from * layer.channels(); i < end; i += stretch.channels()) {
      int count = (int) Math.min(stretch.channels(), end - i);
      int whole = WIDE.loopBound(count);
      forward(y, x, residual, stretch, 4 * i, whole);
      rest.forwardElements(y, x, residual, layer, i + whole, i + count);
    }
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
  public void gradientSums(
      float[] sums,
      float[] products,
      int at,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      Layer layer,
      long from,
      long to) {
    int channels = layer.channels();
    int whole = whole(channels);
    for (int c = 0; c < whole; c += STEP) {
      FloatVector.zero(EIGHT).intoArray(sums, at + c);
      FloatVector.zero(EIGHT).intoArray(products, at + c);
    }
    for (long start = from; start < to; start += block(channels)) {
      int pixels = (int) (Math.min(to, start + block(channels)) - start);
      for (int c = 0; c < whole; c += STEP) {
        long first = 4 * (start * channels + c);
        // Two loops: one that asks for the residual inside takes up to 1.7 times as long.
        if (residual == null) {
          addGradients(sums, products, at + c, dy, x, layer, c, first, pixels);
        } else {
          addResidualGradients(sums, products, at + c, dy, x, residual, layer, c, first, pixels);
        }
      }
    }
    rest.gradientSums(whole, sums, products, at, dy, x, residual, layer, from, to);
  }

  private static void addGradients(
      float[] sums,
      float[] products,
      int at,
      MemorySegment dy,
      MemorySegment x,
      Layer layer,
      int c,
      long first,
      int pixels) {
    FloatVector mean = VectorMath.eight(layer.mean(), c);
    FloatVector scale = VectorMath.eight(layer.scale(), c);
    FloatVector bias = VectorMath.eight(layer.bias(), c);
    FloatVector sum = VectorMath.eight(sums, at);
    FloatVector product = VectorMath.eight(products, at);
    FloatVector zero = FloatVector.zero(EIGHT);
    boolean relu = layer.relu();
    long stride = 4L * layer.channels();
    long i = first;
    for (int pixel = 0; pixel < pixels; pixel++) {
      FloatVector difference = VectorMath.eight(x, i).sub(mean);
      FloatVector g = VectorMath.eight(dy, i);
      if (relu) {
        FloatVector t = difference.fma(scale, bias);
        g = zero.blend(g, zero.lt(t));
      }
      sum = g.add(sum);
      product = g.fma(difference, product);
      i += stride;
    }
    VectorMath.eight(sum).intoArray(sums, at);
    VectorMath.eight(product).intoArray(products, at);
  }

  private static void addResidualGradients(
      float[] sums,
      float[] products,
      int at,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      Layer layer,
      int c,
      long first,
      int pixels) {
    FloatVector mean = VectorMath.eight(layer.mean(), c);
    FloatVector scale = VectorMath.eight(layer.scale(), c);
    FloatVector bias = VectorMath.eight(layer.bias(), c);
    FloatVector sum = VectorMath.eight(sums, at);
    FloatVector product = VectorMath.eight(products, at);
    FloatVector zero = FloatVector.zero(EIGHT);
    boolean relu = layer.relu();
    long stride = 4L * layer.channels();
    long i = first;
    for (int pixel = 0; pixel < pixels; pixel++) {
      FloatVector difference = VectorMath.eight(x, i).sub(mean);
      FloatVector g = VectorMath.eight(dy, i);
      if (relu) {
        FloatVector t = difference.fma(scale, bias);
        t = t.add(VectorMath.eight(residual, i));
        g = zero.blend(g, zero.lt(t));
      }
      sum = g.add(sum);
      product = g.fma(difference, product);
      i += stride;
    }
    VectorMath.eight(sum).intoArray(sums, at);
    VectorMath.eight(product).intoArray(products, at);
  }

  @Override
  public void backward(
      MemorySegment dx,
      MemorySegment dResidual,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      float[] slope,
      float[] offset,
      Layer layer,
      long from,
      long to) {
    int times = repeats(layer.channels());
    Layer stretch = repeat(layer, times);
    float[] slopes = repeat(slope, times);
    float[] offsets = repeat(offset, times);
    long end = to * layer.channels();
    for (long i = from * layer.channels(); i < end; i += stretch.channels()) {
      int count = (int) Math.min(stretch.channels(), end - i);
      int whole = WIDE.loopBound(count);
      if (residual == null) {
        backward(dx, dy, x, slopes, offsets, stretch, 4 * i, whole);
      } else {
        residualBackward(dx, dResidual, dy, x, residual, slopes, offsets, stretch, 4 * i, whole);
      }
      rest.backwardElements(
          dx, dResidual, dy, x, residual, slope, offset, layer, i + whole, i + count);
    }
  }

  private static void backward(
      MemorySegment dx,
      MemorySegment dy,
      MemorySegment x,
      float[] slope,
      float[] offset,
      Layer layer,
      long at,
      int count) {
    float[] mean = layer.mean();
    float[] scale = layer.scale();
    float[] bias = layer.bias();
    boolean relu = layer.relu();
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

  private static void residualBackward(
      MemorySegment dx,
      MemorySegment dResidual,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      float[] slope,
      float[] offset,
      Layer layer,
      long at,
      int count) {
    float[] mean = layer.mean();
    float[] scale = layer.scale();
    float[] bias = layer.bias();
    boolean relu = layer.relu();
    FloatVector zero = FloatVector.zero(WIDE);
    for (int j = 0; j < count; j += LANES) {
      long i = at + 4L * j;
      FloatVector difference = VectorMath.wide(x, i).sub(VectorMath.wide(mean, j));
      FloatVector scales = VectorMath.wide(scale, j);
      FloatVector g = VectorMath.wide(dy, i);
      if (relu) {
        FloatVector t = difference.fma(scales, VectorMath.wide(bias, j));
        t = t.add(FloatVector.fromMemorySegment(WIDE, NATIVE.cast(residual), i, ORDER));
        g = zero.blend(g, zero.lt(t));
      }
      g.intoMemorySegment(NATIVE.cast(dResidual), i, ORDER);
      FloatVector slopes = VectorMath.wide(slope, j);
      FloatVector rest = slopes.fma(difference, VectorMath.wide(offset, j));
      scales.fma(g, rest).intoMemorySegment(NATIVE.cast(dx), i, ORDER);
    }
  }
}
