package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/**
 * {@link Channels} as specified; also the vector kernels' loop over channels that fill no vector.
 */
public final class ScalarChannels implements Channels {
  @Override
  public void average(MemorySegment y, MemorySegment x, int pixels, int channels, int image) {
    average(0, y, x, pixels, channels, image);
  }

  void average(int first, MemorySegment y, MemorySegment x, int pixels, int channels, int image) {
    long start = (long) image * pixels * channels;
    for (int c = first; c < channels; c++) {
      float sum = 0;
      for (int pixel = 0; pixel < pixels; pixel++) {
        sum += x.getAtIndex(JAVA_FLOAT, start + (long) pixel * channels + c);
      }
      y.setAtIndex(JAVA_FLOAT, (long) image * channels + c, sum * (1f / pixels));
    }
  }

  @Override
  public void averageBackward(
      MemorySegment dx, MemorySegment base, MemorySegment dy, int pixels, int channels, int image) {
    averageBackward(0, dx, base, dy, pixels, channels, image);
  }

  void averageBackward(
      int first,
      MemorySegment dx,
      MemorySegment base,
      MemorySegment dy,
      int pixels,
      int channels,
      int image) {
    long start = (long) image * pixels * channels;
    for (int c = first; c < channels; c++) {
      float gradient = dy.getAtIndex(JAVA_FLOAT, (long) image * channels + c);
      for (int pixel = 0; pixel < pixels; pixel++) {
        long i = start + (long) pixel * channels + c;
        dx.setAtIndex(
            JAVA_FLOAT, i, Math.fma(gradient, 1f / pixels, base.getAtIndex(JAVA_FLOAT, i)));
      }
    }
  }

  @Override
  public void scale(
      MemorySegment y, MemorySegment x, MemorySegment s, int pixels, int channels, int image) {
    scale(0, y, x, s, pixels, channels, image);
  }

  void scale(
      int first,
      MemorySegment y,
      MemorySegment x,
      MemorySegment s,
      int pixels,
      int channels,
      int image) {
    long start = (long) image * pixels * channels;
    for (int c = first; c < channels; c++) {
      float factor = s.getAtIndex(JAVA_FLOAT, (long) image * channels + c);
      for (int pixel = 0; pixel < pixels; pixel++) {
        long i = start + (long) pixel * channels + c;
        y.setAtIndex(JAVA_FLOAT, i, x.getAtIndex(JAVA_FLOAT, i) * factor);
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
      int pixels,
      int channels,
      int image) {
    scaleBackward(0, dx, ds, dy, x, s, pixels, channels, image);
  }

  void scaleBackward(
      int first,
      MemorySegment dx,
      MemorySegment ds,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment s,
      int pixels,
      int channels,
      int image) {
    long start = (long) image * pixels * channels;
    for (int c = first; c < channels; c++) {
      float factor = s.getAtIndex(JAVA_FLOAT, (long) image * channels + c);
      float sum = 0;
      for (int pixel = 0; pixel < pixels; pixel++) {
        long i = start + (long) pixel * channels + c;
        float gradient = dy.getAtIndex(JAVA_FLOAT, i);
        sum = Math.fma(gradient, x.getAtIndex(JAVA_FLOAT, i), sum);
        dx.setAtIndex(JAVA_FLOAT, i, gradient * factor);
      }
      ds.setAtIndex(JAVA_FLOAT, (long) image * channels + c, sum);
    }
  }
}
