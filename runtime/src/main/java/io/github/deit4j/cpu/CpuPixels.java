package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.kernel.Crops;
import io.github.deit4j.cpu.kernel.Elementwise;
import io.github.deit4j.cpu.kernel.Patches;
import io.github.deit4j.op.PixelOps;
import io.github.deit4j.random.Philox;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Images, one task each, or for each of their channels or patches. */
final class CpuPixels extends PixelOps {
  private final Elementwise elementwise;
  private final Reductions reductions;
  private final ThreadTeam team;

  CpuPixels(CpuRunner cpu) {
    super(cpu);
    this.elementwise = cpu.kernels.elementwise();
    this.reductions = cpu.kernels.reductions();
    this.team = cpu.team;
  }

  @Override
  protected void crop(ImageSizes sizes, Tensor y, Tensor x, List<Crop> crops) {
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.run(sizes.images(), (image, _) -> Crops.copy(out, in, sizes, crops.get(image), image));
  }

  @Override
  protected void normalize(ImageSizes sizes, Tensor y, Tensor x, float[] mean, float[] std) {
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.run(
        sizes.images() * sizes.channels(),
        (index, _) -> {
          float[] table = normalized(mean[index % sizes.channels()], std[index % sizes.channels()]);
          long plane = sizes.plane();
          for (long i = index * plane; i < (index + 1) * plane; i++) {
            out.setAtIndex(JAVA_FLOAT, i, table[Byte.toUnsignedInt(in.get(JAVA_BYTE, i))]);
          }
        });
  }

  /** Returns what each unsigned byte becomes in a channel. */
  private static float[] normalized(float mean, float std) {
    float[] table = new float[256];
    for (int level = 0; level < table.length; level++) {
      table[level] = (level / 255f - mean) / std;
    }
    return table;
  }

  @Override
  protected void erase(ImageSizes sizes, Tensor x, List<Erasure> erasures) {
    team.run(
        sizes.images(),
        (image, _) ->
            erasures.stream()
                .filter(erasure -> erasure.image() == image)
                .forEach(erasure -> erase(x.segment(), sizes, erasure)));
  }

  private static void erase(MemorySegment pixels, ImageSizes sizes, Erasure erasure) {
    Box box = erasure.box();
    Philox random = erasure.noise().open();
    for (int channel = 0; channel < sizes.channels(); channel++) {
      long plane = (long) erasure.image() * sizes.channels() + channel;
      float level = erasure.fill() == Erasure.Fill.RAND ? (float) random.nextGaussian() : 0f;
      for (int row = box.top(); row < box.top() + box.height(); row++) {
        long from = (plane * sizes.height() + row) * sizes.width() + box.left();
        for (long i = from; i < from + box.width(); i++) {
          boolean ofPixel = erasure.fill() == Erasure.Fill.PIXEL;
          pixels.setAtIndex(JAVA_FLOAT, i, ofPixel ? (float) random.nextGaussian() : level);
        }
      }
    }
  }

  @Override
  protected void mix(ImageSizes sizes, Tensor x, Tensor partners, List<ImageMix> mixes) {
    int channels = sizes.channels();
    long plane = sizes.plane();
    team.run(
        sizes.images() * channels,
        (index, _) -> {
          int image = index / channels;
          long other = ((long) sizes.images() - 1 - image) * channels + index % channels;
          mixPlane(
              x.segment().asSlice(4 * plane * index, 4 * plane),
              partners.segment().asSlice(4 * plane * other, 4 * plane),
              mixes.get(image),
              sizes.width());
        });
  }

  private void mixPlane(MemorySegment plane, MemorySegment other, ImageMix mix, int width) {
    if (mix.own() != 1 || mix.other() != 0) {
      elementwise.addMultiples(
          plane, plane, mix.own(), other, mix.other(), 0, plane.byteSize() / 4);
    }
    Box box = mix.box();
    for (int row = box.top(); row < box.top() + box.height(); row++) {
      long at = 4 * ((long) row * width + box.left());
      MemorySegment.copy(other, at, plane, at, 4L * box.width());
    }
  }

  @Override
  protected void patches(ImageSizes sizes, Tensor patches, Tensor images, int patch) {
    copyPatches(sizes, patches, images, patch, true);
  }

  @Override
  protected void patchesBackward(ImageSizes sizes, Tensor images, Tensor patches, int patch) {
    copyPatches(sizes, patches, images, patch, false);
  }

  private void copyPatches(
      ImageSizes sizes, Tensor patches, Tensor images, int patch, boolean cut) {
    team.run(
        sizes.images() * (sizes.height() / patch) * (sizes.width() / patch),
        (index, _) -> Patches.copy(patches.segment(), images.segment(), sizes, patch, index, cut));
  }

  @Override
  protected void embed(
      TokenSizes sizes, Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    long width = sizes.width();
    long image = sizes.image();
    long front = width * prefix.size();
    long rest = image - front;
    long placed = positions.elements();
    team.run(
        sizes.images(),
        (index, _) -> {
          MemorySegment target = y.segment().asSlice(4L * index * image, 4 * image);
          for (int token = 0; token < prefix.size(); token++) {
            MemorySegment from = prefix.get(token).segment();
            MemorySegment.copy(from, 0, target, 4L * token * width, 4 * width);
          }
          MemorySegment.copy(patches.segment(), 4L * index * rest, target, 4 * front, 4 * rest);
          MemorySegment last = target.asSlice(4 * (image - placed));
          elementwise.add(last, last, positions.segment(), 0, placed);
        });
  }

  @Override
  protected void embedBackward(
      TokenSizes sizes, Tensor dPatches, List<Tensor> dPrefix, Tensor dPositions, Tensor dy) {
    int images = sizes.images();
    int width = sizes.width();
    int image = sizes.image();
    long front = (long) width * dPrefix.size();
    long rest = image - front;
    MemorySegment gradient = dy.segment();
    MemorySegment rows = dPatches.segment();
    team.run(
        images,
        (index, _) ->
            MemorySegment.copy(
                gradient, 4 * ((long) index * image + front), rows, 4L * index * rest, 4 * rest));
    for (int token = 0; token < dPrefix.size(); token++) {
      MemorySegment start = gradient.asSlice(4L * token * width);
      reductions.addRows(dPrefix.get(token).segment(), start, image, images, 0, width);
    }
    MemorySegment positions = dPositions.segment();
    int placed = Math.toIntExact(dPositions.elements());
    MemorySegment last = gradient.asSlice(4L * (image - placed));
    team.runRanges(
        placed, 256, (from, to) -> reductions.addRows(positions, last, image, images, from, to));
  }

  @Override
  protected void selectToken(TokenSizes sizes, Tensor y, Tensor x, int token) {
    copyToken(sizes, y, x, token, true);
  }

  @Override
  protected void selectTokenBackward(TokenSizes sizes, Tensor dx, Tensor dy, int token) {
    copyToken(sizes, dy, dx, token, false);
  }

  private static void copyToken(
      TokenSizes sizes, Tensor one, Tensor all, int token, boolean select) {
    long bytes = 4L * sizes.width();
    MemorySegment single = one.segment();
    MemorySegment whole = all.segment();
    for (int image = 0; image < sizes.images(); image++) {
      long at = bytes * ((long) image * sizes.tokens() + token);
      if (select) {
        MemorySegment.copy(whole, at, single, bytes * image, bytes);
      } else {
        MemorySegment.copy(single, bytes * image, whole, at, bytes);
      }
    }
  }
}
