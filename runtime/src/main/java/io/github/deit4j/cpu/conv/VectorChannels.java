package io.github.deit4j.cpu.conv;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;

import io.github.deit4j.cpu.conv.Channels.ScalarChannels;
import io.github.deit4j.cpu.core.VectorMath;
import io.github.deit4j.op.ConvolutionOps.MapSizes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * {@link ScalarChannels} in vectors of eight channels; channels that are no multiple of eight,
 * which no RegNet has, go through its loops.
 */
public final class VectorChannels implements Channels {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = EIGHT.length();

  private final ScalarChannels scalar = new ScalarChannels();

  /** Returns the byte of an image's first pixel at which a channel stands. */
  private static long start(MapSizes sizes, int image, int channel) {
    return 4 * ((long) image * sizes.pixels() * sizes.channels() + channel);
  }

  @Override
  public void average(MemorySegment y, MemorySegment x, MapSizes sizes, int image) {
    int channels = sizes.channels();
    int pixels = sizes.pixels();
    if (channels % STEP != 0) {
      scalar.average(y, x, sizes, image);
      return;
    }
    for (int c = 0; c < channels; c += STEP) {
      FloatVector sum = FloatVector.zero(EIGHT);
      long i = start(sizes, image, c);
      for (int pixel = 0; pixel < pixels; pixel++) {
        sum = VectorMath.eight(x, i).add(sum);
        i += 4L * channels;
      }
      VectorMath.eight(sum)
          .mul(1f / pixels)
          .intoMemorySegment(NATIVE.cast(y), 4 * ((long) image * channels + c), ORDER);
    }
  }

  @Override
  public void averageBackward(
      MemorySegment dx, MemorySegment base, MemorySegment dy, MapSizes sizes, int image) {
    int channels = sizes.channels();
    int pixels = sizes.pixels();
    if (channels % STEP != 0) {
      scalar.averageBackward(dx, base, dy, sizes, image);
      return;
    }
    FloatVector share = FloatVector.broadcast(EIGHT, 1f / pixels);
    for (int c = 0; c < channels; c += STEP) {
      FloatVector gradient = VectorMath.eight(dy, 4 * ((long) image * channels + c));
      long i = start(sizes, image, c);
      for (int pixel = 0; pixel < pixels; pixel++) {
        FloatVector sum = VectorMath.eight(base, i);
        gradient.fma(share, sum).intoMemorySegment(NATIVE.cast(dx), i, ORDER);
        i += 4L * channels;
      }
    }
  }

  @Override
  public void scale(MemorySegment y, MemorySegment x, MemorySegment s, MapSizes sizes, int image) {
    int channels = sizes.channels();
    int pixels = sizes.pixels();
    if (channels % STEP != 0) {
      scalar.scale(y, x, s, sizes, image);
      return;
    }
    for (int c = 0; c < channels; c += STEP) {
      FloatVector factor = VectorMath.eight(s, 4 * ((long) image * channels + c));
      long i = start(sizes, image, c);
      for (int pixel = 0; pixel < pixels; pixel++) {
        FloatVector value = VectorMath.eight(x, i);
        value.mul(factor).intoMemorySegment(NATIVE.cast(y), i, ORDER);
        i += 4L * channels;
      }
    }
  }

  @Override
  public void scaleBackward(
      MemorySegment dx,
      MemorySegment ds,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment s,
      MapSizes sizes,
      int image) {
    int channels = sizes.channels();
    int pixels = sizes.pixels();
    if (channels % STEP != 0) {
      scalar.scaleBackward(dx, ds, dy, x, s, sizes, image);
      return;
    }
    for (int c = 0; c < channels; c += STEP) {
      long channel = 4 * ((long) image * channels + c);
      FloatVector factor = VectorMath.eight(s, channel);
      FloatVector sum = FloatVector.zero(EIGHT);
      long i = start(sizes, image, c);
      for (int pixel = 0; pixel < pixels; pixel++) {
        FloatVector gradient = VectorMath.eight(dy, i);
        sum = gradient.fma(VectorMath.eight(x, i), sum);
        gradient.mul(factor).intoMemorySegment(NATIVE.cast(dx), i, ORDER);
        i += 4L * channels;
      }
      VectorMath.eight(sum).intoMemorySegment(NATIVE.cast(ds), channel, ORDER);
    }
  }
}
