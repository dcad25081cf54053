package io.github.deit4j.cpu.conv;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;

import io.github.deit4j.cpu.conv.Channels.ScalarChannels;
import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** {@link ScalarChannels} in vectors of eight channels; the others go through its loops. */
public final class VectorChannels implements Channels {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = EIGHT.length();

  private final ScalarChannels rest = new ScalarChannels();

  private static int whole(int channels) {
    return channels / STEP * STEP;
  }

  @Override
  public void average(MemorySegment y, MemorySegment x, int pixels, int channels, int image) {
    long start = 4L * image * pixels * channels;
    for (int c = 0; c < whole(channels); c += STEP) {
      FloatVector sum = FloatVector.zero(EIGHT);
      long i = start + 4L * c;
      for (int pixel = 0; pixel < pixels; pixel++) {
        sum = VectorMath.eight(x, i).add(sum);
        i += 4L * channels;
      }
      VectorMath.eight(sum)
          .mul(1f / pixels)
          .intoMemorySegment(NATIVE.cast(y), 4 * ((long) image * channels + c), ORDER);
    }
    rest.average(whole(channels), y, x, pixels, channels, image);
  }

  @Override
  public void averageBackward(
      MemorySegment dx, MemorySegment base, MemorySegment dy, int pixels, int channels, int image) {
    long start = 4L * image * pixels * channels;
    FloatVector share = FloatVector.broadcast(EIGHT, 1f / pixels);
    for (int c = 0; c < whole(channels); c += STEP) {
      FloatVector gradient = VectorMath.eight(dy, 4 * ((long) image * channels + c));
      long i = start + 4L * c;
      for (int pixel = 0; pixel < pixels; pixel++) {
        FloatVector sum = VectorMath.eight(base, i);
        gradient.fma(share, sum).intoMemorySegment(NATIVE.cast(dx), i, ORDER);
        i += 4L * channels;
      }
    }
    rest.averageBackward(whole(channels), dx, base, dy, pixels, channels, image);
  }

  @Override
  public void scale(
      MemorySegment y, MemorySegment x, MemorySegment s, int pixels, int channels, int image) {
    long start = 4L * image * pixels * channels;
    for (int c = 0; c < whole(channels); c += STEP) {
      FloatVector factor = VectorMath.eight(s, 4 * ((long) image * channels + c));
      long i = start + 4L * c;
      for (int pixel = 0; pixel < pixels; pixel++) {
        FloatVector value = VectorMath.eight(x, i);
        value.mul(factor).intoMemorySegment(NATIVE.cast(y), i, ORDER);
        i += 4L * channels;
      }
    }
    rest.scale(whole(channels), y, x, s, pixels, channels, image);
  }

  @Override
  public void scaleBackward(
      MemorySegment dx,
      MemorySegment ds,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment s,
      int pixels,
      int channels,
      int image) {
    long start = 4L * image * pixels * channels;
    for (int c = 0; c < whole(channels); c += STEP) {
      long channel = 4 * ((long) image * channels + c);
      FloatVector factor = VectorMath.eight(s, channel);
      FloatVector sum = FloatVector.zero(EIGHT);
      long i = start + 4L * c;
      for (int pixel = 0; pixel < pixels; pixel++) {
        FloatVector gradient = VectorMath.eight(dy, i);
        sum = gradient.fma(VectorMath.eight(x, i), sum);
        gradient.mul(factor).intoMemorySegment(NATIVE.cast(dx), i, ORDER);
        i += 4L * channels;
      }
      VectorMath.eight(sum).intoMemorySegment(NATIVE.cast(ds), channel, ORDER);
    }
    rest.scaleBackward(whole(channels), dx, ds, dy, x, s, pixels, channels, image);
  }
}
