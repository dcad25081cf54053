package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.op.PixelOps.Crop;
import io.github.deit4j.op.PixelOps.ImageSizes;
import java.lang.foreign.MemorySegment;

/** Cuts parts out of stored images, row by row. Copies only; no arithmetic. */
public final class Crops {
  private Crops() {}

  /** Returns the case of a square that reaches over the edge of one of the same size, mirrored. */
  static KernelCase<Object> mirroredCase(int side) {
    ImageSizes sizes = new ImageSizes(1, 4, side, side);
    Crop crop = new Crop(0, side, side, 1, 1, true);
    long floats = (long) side * side;
    return KernelCase.<Object>whole("crop", floats, floats)
        .call((k, x, f, from, to) -> copy(x[0], x[1], sizes, crop, 0));
  }

  /**
   * Copies the part of a stored image to its place among the images.
   *
   * @param images bytes [B, channels, height, width]
   * @param stored bytes of stored images
   * @param sizes of the images
   * @param image index among them
   */
  public static void copy(
      MemorySegment images, MemorySegment stored, ImageSizes sizes, Crop crop, int image) {
    int width = sizes.width();
    int first = Math.clamp(-(long) crop.left(), 0, width);
    int last = Math.clamp((long) crop.width() - crop.left(), first, width);
    long to = (long) image * sizes.channels() * sizes.plane();
    for (int channel = 0; channel < sizes.channels(); channel++) {
      for (int row = 0; row < sizes.height(); row++) {
        long storedRow = (long) row + crop.top();
        boolean exists = storedRow >= 0 && storedRow < crop.height() && first < last;
        if (!exists || last - first < width) {
          images.asSlice(to, width).fill((byte) 0);
        }
        if (exists) {
          long plane = (long) channel * crop.height();
          long from = crop.place() + (plane + storedRow) * crop.width() + crop.left() + first;
          if (crop.mirrored()) {
            mirror(stored, from, images, to + width - last, last - first);
          } else {
            MemorySegment.copy(stored, from, images, to + first, last - first);
          }
        }
        to += width;
      }
    }
  }

  private static void mirror(
      MemorySegment stored, long from, MemorySegment images, long to, int count) {
    for (int x = 0; x < count; x++) {
      images.set(JAVA_BYTE, to + x, stored.get(JAVA_BYTE, from + count - 1 - x));
    }
  }
}
