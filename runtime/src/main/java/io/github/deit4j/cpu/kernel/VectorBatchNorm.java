package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * {@link ScalarBatchNorm} in vectors of eight channels. Passes that write go through blocks of
 * pixels that fit a cache, in which each vector's factors stay in registers; the channels left over
 * go through the scalar loops.
 */
final class VectorBatchNorm implements BatchNorm {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = EIGHT.length();
  private static final int BLOCK = 8192;

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
    FloatVector sum = FloatVector.fromArray(EIGHT, sums, at);
    long i = first;
    for (int pixel = 0; pixel < pixels; pixel++) {
      sum = sum.add(FloatVector.fromMemorySegment(EIGHT, x, i, ORDER));
      i += stride;
    }
    sum.intoArray(sums, at);
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
        FloatVector center = FloatVector.fromArray(EIGHT, mean, c);
        FloatVector sum = FloatVector.fromArray(EIGHT, sums, at + c);
        long i = 4 * (start * channels + c);
        int pixels = (int) (end - start);
        for (int pixel = 0; pixel < pixels; pixel++) {
          FloatVector d = FloatVector.fromMemorySegment(EIGHT, x, i, ORDER).sub(center);
          sum = d.fma(d, sum);
          i += 4L * channels;
        }
        sum.intoArray(sums, at + c);
      }
    }
    rest.squares(whole, sums, at, x, mean, channels, from, to);
  }

  @Override
  public void forward(
      MemorySegment y, MemorySegment x, MemorySegment residual, Layer layer, long from, long to) {
    int channels = layer.channels();
    int whole = whole(channels);
    for (long start = from; start < to; start += block(channels)) {
      int pixels = (int) (Math.min(to, start + block(channels)) - start);
      for (int c = 0; c < whole; c += STEP) {
        long first = 4 * (start * channels + c);
        if (residual == null) {
          forward(y, x, layer, c, first, pixels);
        } else {
          forwardWithResidual(y, x, residual, layer, c, first, pixels);
        }
      }
    }
    rest.forward(whole, y, x, residual, layer, from, to);
  }

  private static void forward(
      MemorySegment y, MemorySegment x, Layer layer, int c, long first, int pixels) {
    FloatVector mean = FloatVector.fromArray(EIGHT, layer.mean(), c);
    FloatVector scale = FloatVector.fromArray(EIGHT, layer.scale(), c);
    FloatVector bias = FloatVector.fromArray(EIGHT, layer.bias(), c);
    boolean relu = layer.relu();
    long stride = 4L * layer.channels();
    long i = first;
    for (int pixel = 0; pixel < pixels; pixel++) {
      FloatVector t = FloatVector.fromMemorySegment(EIGHT, x, i, ORDER).sub(mean).fma(scale, bias);
      if (relu) {
        t = t.blend(0f, t.lt(0f));
      }
      t.intoMemorySegment(y, i, ORDER);
      i += stride;
    }
  }

  private static void forwardWithResidual(
      MemorySegment y,
      MemorySegment x,
      MemorySegment residual,
      Layer layer,
      int c,
      long first,
      int pixels) {
    FloatVector mean = FloatVector.fromArray(EIGHT, layer.mean(), c);
    FloatVector scale = FloatVector.fromArray(EIGHT, layer.scale(), c);
    FloatVector bias = FloatVector.fromArray(EIGHT, layer.bias(), c);
    boolean relu = layer.relu();
    long stride = 4L * layer.channels();
    long i = first;
    for (int pixel = 0; pixel < pixels; pixel++) {
      FloatVector t = FloatVector.fromMemorySegment(EIGHT, x, i, ORDER).sub(mean).fma(scale, bias);
      t = t.add(FloatVector.fromMemorySegment(EIGHT, residual, i, ORDER));
      if (relu) {
        t = t.blend(0f, t.lt(0f));
      }
      t.intoMemorySegment(y, i, ORDER);
      i += stride;
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
        if (residual == null) {
          addGradients(sums, products, at + c, dy, x, layer, c, first, pixels);
        } else {
          addGradientsWithResidual(
              sums, products, at + c, dy, x, residual, layer, c, first, pixels);
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
    FloatVector mean = FloatVector.fromArray(EIGHT, layer.mean(), c);
    FloatVector scale = FloatVector.fromArray(EIGHT, layer.scale(), c);
    FloatVector bias = FloatVector.fromArray(EIGHT, layer.bias(), c);
    FloatVector sum = FloatVector.fromArray(EIGHT, sums, at);
    FloatVector product = FloatVector.fromArray(EIGHT, products, at);
    FloatVector zero = FloatVector.zero(EIGHT);
    boolean relu = layer.relu();
    long stride = 4L * layer.channels();
    long i = first;
    for (int pixel = 0; pixel < pixels; pixel++) {
      FloatVector difference = FloatVector.fromMemorySegment(EIGHT, x, i, ORDER).sub(mean);
      FloatVector g = FloatVector.fromMemorySegment(EIGHT, dy, i, ORDER);
      if (relu) {
        g = zero.blend(g, zero.lt(difference.fma(scale, bias)));
      }
      sum = sum.add(g);
      product = g.fma(difference, product);
      i += stride;
    }
    sum.intoArray(sums, at);
    product.intoArray(products, at);
  }

  private static void addGradientsWithResidual(
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
    FloatVector mean = FloatVector.fromArray(EIGHT, layer.mean(), c);
    FloatVector scale = FloatVector.fromArray(EIGHT, layer.scale(), c);
    FloatVector bias = FloatVector.fromArray(EIGHT, layer.bias(), c);
    FloatVector sum = FloatVector.fromArray(EIGHT, sums, at);
    FloatVector product = FloatVector.fromArray(EIGHT, products, at);
    FloatVector zero = FloatVector.zero(EIGHT);
    boolean relu = layer.relu();
    long stride = 4L * layer.channels();
    long i = first;
    for (int pixel = 0; pixel < pixels; pixel++) {
      FloatVector difference = FloatVector.fromMemorySegment(EIGHT, x, i, ORDER).sub(mean);
      FloatVector g = FloatVector.fromMemorySegment(EIGHT, dy, i, ORDER);
      if (relu) {
        FloatVector other = FloatVector.fromMemorySegment(EIGHT, residual, i, ORDER);
        g = zero.blend(g, zero.lt(difference.fma(scale, bias).add(other)));
      }
      sum = sum.add(g);
      product = g.fma(difference, product);
      i += stride;
    }
    sum.intoArray(sums, at);
    product.intoArray(products, at);
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
    int channels = layer.channels();
    int whole = whole(channels);
    for (long start = from; start < to; start += block(channels)) {
      int pixels = (int) (Math.min(to, start + block(channels)) - start);
      for (int c = 0; c < whole; c += STEP) {
        long first = 4 * (start * channels + c);
        if (residual == null) {
          backward(dx, dy, x, slope, offset, layer, c, first, pixels);
        } else {
          backwardWithResidual(
              dx, dResidual, dy, x, residual, slope, offset, layer, c, first, pixels);
        }
      }
    }
    rest.backward(whole, dx, dResidual, dy, x, residual, slope, offset, layer, from, to);
  }

  private static void backward(
      MemorySegment dx,
      MemorySegment dy,
      MemorySegment x,
      float[] slope,
      float[] offset,
      Layer layer,
      int c,
      long first,
      int pixels) {
    FloatVector mean = FloatVector.fromArray(EIGHT, layer.mean(), c);
    FloatVector scale = FloatVector.fromArray(EIGHT, layer.scale(), c);
    FloatVector bias = FloatVector.fromArray(EIGHT, layer.bias(), c);
    FloatVector slopes = FloatVector.fromArray(EIGHT, slope, c);
    FloatVector offsets = FloatVector.fromArray(EIGHT, offset, c);
    FloatVector zero = FloatVector.zero(EIGHT);
    boolean relu = layer.relu();
    long stride = 4L * layer.channels();
    long i = first;
    for (int pixel = 0; pixel < pixels; pixel++) {
      FloatVector difference = FloatVector.fromMemorySegment(EIGHT, x, i, ORDER).sub(mean);
      FloatVector g = FloatVector.fromMemorySegment(EIGHT, dy, i, ORDER);
      if (relu) {
        g = zero.blend(g, zero.lt(difference.fma(scale, bias)));
      }
      scale.fma(g, slopes.fma(difference, offsets)).intoMemorySegment(dx, i, ORDER);
      i += stride;
    }
  }

  private static void backwardWithResidual(
      MemorySegment dx,
      MemorySegment dResidual,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      float[] slope,
      float[] offset,
      Layer layer,
      int c,
      long first,
      int pixels) {
    FloatVector mean = FloatVector.fromArray(EIGHT, layer.mean(), c);
    FloatVector scale = FloatVector.fromArray(EIGHT, layer.scale(), c);
    FloatVector bias = FloatVector.fromArray(EIGHT, layer.bias(), c);
    FloatVector slopes = FloatVector.fromArray(EIGHT, slope, c);
    FloatVector offsets = FloatVector.fromArray(EIGHT, offset, c);
    FloatVector zero = FloatVector.zero(EIGHT);
    boolean relu = layer.relu();
    long stride = 4L * layer.channels();
    long i = first;
    for (int pixel = 0; pixel < pixels; pixel++) {
      FloatVector difference = FloatVector.fromMemorySegment(EIGHT, x, i, ORDER).sub(mean);
      FloatVector g = FloatVector.fromMemorySegment(EIGHT, dy, i, ORDER);
      if (relu) {
        FloatVector other = FloatVector.fromMemorySegment(EIGHT, residual, i, ORDER);
        g = zero.blend(g, zero.lt(difference.fma(scale, bias).add(other)));
      }
      g.intoMemorySegment(dResidual, i, ORDER);
      scale.fma(g, slopes.fma(difference, offsets)).intoMemorySegment(dx, i, ORDER);
      i += stride;
    }
  }
}
