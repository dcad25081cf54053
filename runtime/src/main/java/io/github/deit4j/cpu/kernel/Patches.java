package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.core.KernelCase;
import java.lang.foreign.MemorySegment;

/**
 * Cuts images into patches for the patch embedding, which then is a matrix product whose chains run
 * over (channel, row, column) of a patch, the order of the convolution's weight in memory. Copies
 * only; no arithmetic.
 */
public final class Patches {
  private Patches() {}

  /**
   * The sizes of the images and patches.
   *
   * @param channels channels of an image
   * @param height rows of an image
   * @param width columns of an image
   * @param patch rows and columns of a patch
   */
  public record Sizes(int channels, int height, int width, int patch) {
    /** Returns the number of patches of an image. */
    public int perImage() {
      return (height / patch) * (width / patch);
    }

    private long pixel(int image, int channel, int row, int column) {
      return (((long) image * channels + channel) * height + row) * width + column;
    }
  }

  /** Returns the case of the second patch of a square image. */
  static KernelCase<Object> cutCase(int side, int patch) {
    Sizes sizes = new Sizes(3, side, side, patch);
    long pixels = 3L * side * side;
    return KernelCase.<Object>whole("patches", pixels, pixels)
        .call((k, x, f, from, to) -> copy(x[0], x[1], sizes, 1, true));
  }

  /**
   * Copies a patch to its row, [channels, patch, patch], or back to its place in the images.
   *
   * @param index of the patch among those of all images
   * @param cut whether the patch goes to its row
   */
  public static void copy(
      MemorySegment patches, MemorySegment images, Sizes sizes, int index, boolean cut) {
    int patch = sizes.patch();
    int across = sizes.width() / patch;
    int image = index / sizes.perImage();
    int place = index % sizes.perImage();
    int top = place / across * patch;
    int left = place % across * patch;
    long run = 4L * patch;
    long at = run * patch * sizes.channels() * index;
    for (int channel = 0; channel < sizes.channels(); channel++) {
      for (int row = top; row < top + patch; row++) {
        long pixel = 4 * sizes.pixel(image, channel, row, left);
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
