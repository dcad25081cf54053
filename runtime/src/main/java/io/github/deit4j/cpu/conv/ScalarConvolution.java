package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Workers;
import java.lang.foreign.MemorySegment;

/** {@link ConvolutionKernel} as specified. */
public final class ScalarConvolution implements ConvolutionKernel {
  @Override
  public void forward(
      Workers workers, MemorySegment y, MemorySegment x, MemorySegment w, Sizes sizes) {
    Map output = new Map(y, sizes.outHeight(), sizes.outWidth(), sizes.out());
    Map input = new Map(x, sizes.height(), sizes.width(), sizes.in());
    workers.run(
        sizes.images() * sizes.outHeight(),
        (index, scratch) -> {
          int image = index / sizes.outHeight();
          int row = index % sizes.outHeight();
          for (int column = 0; column < sizes.outWidth(); column++) {
            for (int o = 0; o < sizes.out(); o++) {
              output.set(image, row, column, o, output(input, w, sizes, image, row, column, o));
            }
          }
        });
  }

  private static float output(
      Map input, MemorySegment w, Sizes sizes, int image, int row, int column, int o) {
    int firstChannel = o / sizes.groupOut() * sizes.groupIn();
    float chain = 0;
    for (int tapRow = 0; tapRow < sizes.kernel(); tapRow++) {
      for (int tapColumn = 0; tapColumn < sizes.kernel(); tapColumn++) {
        int r = row * sizes.stride() + tapRow - sizes.padding();
        int c = column * sizes.stride() + tapColumn - sizes.padding();
        for (int i = 0; i < sizes.groupIn(); i++) {
          float weight = w.getAtIndex(JAVA_FLOAT, sizes.weight(o, i, tapRow, tapColumn));
          chain = Math.fma(input.get(image, r, c, firstChannel + i), weight, chain);
        }
      }
    }
    return chain;
  }

  @Override
  public void inputGradient(
      Workers workers, MemorySegment dx, MemorySegment dy, MemorySegment w, Sizes sizes) {
    Map input = new Map(dx, sizes.height(), sizes.width(), sizes.in());
    Map output = new Map(dy, sizes.outHeight(), sizes.outWidth(), sizes.out());
    workers.run(
        sizes.images() * sizes.height(),
        (index, scratch) -> {
          int image = index / sizes.height();
          int row = index % sizes.height();
          for (int column = 0; column < sizes.width(); column++) {
            for (int i = 0; i < sizes.in(); i++) {
              input.set(image, row, column, i, input(output, w, sizes, image, row, column, i));
            }
          }
        });
  }

  private static float input(
      Map output, MemorySegment w, Sizes sizes, int image, int row, int column, int i) {
    int group = i / sizes.groupIn();
    float chain = 0;
    for (int tapRow = 0; tapRow < sizes.kernel(); tapRow++) {
      for (int tapColumn = 0; tapColumn < sizes.kernel(); tapColumn++) {
        int r = row + sizes.padding() - tapRow;
        int c = column + sizes.padding() - tapColumn;
        if (r % sizes.stride() != 0 || c % sizes.stride() != 0) {
          continue; // this tap of no output lies here
        }
        for (int k = 0; k < sizes.groupOut(); k++) {
          int o = group * sizes.groupOut() + k;
          long at = sizes.weight(o, i % sizes.groupIn(), tapRow, tapColumn);
          float gradient = output.get(image, r / sizes.stride(), c / sizes.stride(), o);
          chain = Math.fma(gradient, w.getAtIndex(JAVA_FLOAT, at), chain);
        }
      }
    }
    return chain;
  }

  @Override
  public void weightGradient(
      Workers workers, MemorySegment dw, MemorySegment dy, MemorySegment x, Sizes sizes) {
    Map input = new Map(x, sizes.height(), sizes.width(), sizes.in());
    Map output = new Map(dy, sizes.outHeight(), sizes.outWidth(), sizes.out());
    workers.run(
        sizes.out() * sizes.groupIn(),
        (index, scratch) -> {
          int o = index / sizes.groupIn();
          int i = index % sizes.groupIn();
          for (int tapRow = 0; tapRow < sizes.kernel(); tapRow++) {
            for (int tapColumn = 0; tapColumn < sizes.kernel(); tapColumn++) {
              long at = sizes.weight(o, i, tapRow, tapColumn);
              float start = dw.getAtIndex(JAVA_FLOAT, at);
              float sum = weight(start, output, input, sizes, o, i, tapRow, tapColumn);
              dw.setAtIndex(JAVA_FLOAT, at, sum);
            }
          }
        });
  }

  private static float weight(
      float start, Map output, Map input, Sizes sizes, int o, int i, int tapRow, int tapColumn) {
    int channel = o / sizes.groupOut() * sizes.groupIn() + i;
    float chain = start;
    for (int image = 0; image < sizes.images(); image++) {
      for (int row = 0; row < sizes.outHeight(); row++) {
        for (int column = 0; column < sizes.outWidth(); column++) {
          int r = row * sizes.stride() + tapRow - sizes.padding();
          int c = column * sizes.stride() + tapColumn - sizes.padding();
          float gradient = output.get(image, row, column, o);
          chain = Math.fma(input.get(image, r, c, channel), gradient, chain);
        }
      }
    }
    return chain;
  }

  /** Images with channels last, surrounded by zeros. */
  private record Map(MemorySegment memory, int height, int width, int channels) {
    float get(int image, int row, int column, int channel) {
      boolean inside = row >= 0 && row < height && column >= 0 && column < width;
      return inside ? memory.getAtIndex(JAVA_FLOAT, index(image, row, column, channel)) : 0f;
    }

    void set(int image, int row, int column, int channel, float value) {
      memory.setAtIndex(JAVA_FLOAT, index(image, row, column, channel), value);
    }

    private long index(int image, int row, int column, int channel) {
      return (((long) image * height + row) * width + column) * channels + channel;
    }
  }
}
