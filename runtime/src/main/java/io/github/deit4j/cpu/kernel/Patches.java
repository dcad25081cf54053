package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.op.PixelOps.ImageSizes;
import java.lang.foreign.MemorySegment;

/**
 * Cuts images into patches for the patch embedding, which then is a matrix product whose chains run
 * over (channel, row, column) of a patch, the order of the convolution's weight in memory. Copies
 * only; no arithmetic.
 */
public final class Patches {
  private Patches() {}

  /** Returns the case of the second patch of a square image. */
  static KernelCase<Object> cutCase(int side, int patch) {
    ImageSizes sizes = new ImageSizes(1, 3, side, side);
    long pixels = 3L * side * side;
    return KernelCase.<Object>whole("patches", pixels, pixels)
        .call((k, x, f, from, to) -> copy(x[0], x[1], sizes, patch, 1, true));
  }

  /**
   * Copies a patch to its row, [channels, patch, patch], or back to its place in the images.
   *
   * @param patch rows and columns of a patch
   * @param index of the patch among those of all images
   * @param cut whether the patch goes to its row
   */
  public static void copy(
      MemorySegment patches,
      MemorySegment images,
      ImageSizes sizes,
      int patch,
      int index,
      boolean cut) {
    int across = sizes.width() / patch;
    int perImage = sizes.height() / patch * across;
    int top = index % perImage / across * patch;
    int left = index % perImage % across * patch;
    long plane = (long) index / perImage * sizes.channels();
    long run = 4L * patch;
    long at = run * patch * sizes.channels() * index;
    for (int channel = 0; channel < sizes.channels(); channel++) {
      for (int row = top; row < top + patch; row++) {
        long pixel = 4 * (((plane + channel) * sizes.height() + row) * sizes.width() + left);
        if (cut) {
          MemorySegment.copy(images, pixel, patches, at, run);
        } else {
          MemorySegment.copy(patches, at, images, pixel, run);
        }
        at += run;
      }
    }
  }
}
