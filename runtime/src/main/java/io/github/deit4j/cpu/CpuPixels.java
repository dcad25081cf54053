package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.kernel.Elementwise;
import io.github.deit4j.cpu.kernel.Patches;
import io.github.deit4j.cpu.kernel.Pixels;
import io.github.deit4j.cpu.kernel.RandomDraws;
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
  protected void normalize(ImageSizes sizes, Tensor y, Tensor x, float[] mean, float[] std) {
    long plane = sizes.plane();
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.run(
        sizes.images() * sizes.channels(),
        (index, scratch) -> {
          int channel = index % sizes.channels();
          Pixels.normalize(
              out, in, mean[channel], std[channel], index * plane, (index + 1) * plane);
        });
  }

  @Override
  protected void erase(ImageSizes sizes, Tensor x, List<Erasure> erasures) {
    MemorySegment pixels = x.segment();
    team.run(
        sizes.images(),
        (image, scratch) ->
            erasures.stream()
                .filter(erasure -> erasure.image() == image)
                .forEach(erasure -> erase(pixels, sizes, erasure)));
  }

  private static void erase(MemorySegment pixels, ImageSizes sizes, Erasure erasure) {
    Box box = erasure.box();
    Philox random = erasure.noise().open();
    for (int channel = 0; channel < sizes.channels(); channel++) {
      long plane = (long) erasure.image() * sizes.channels() + channel;
      float level = erasure.fill() == Erasure.Fill.RAND ? (float) random.nextGaussian() : 0f;
      for (int row = box.top(); row < box.top() + box.height(); row++) {
        long from = (plane * sizes.height() + row) * sizes.width() + box.left();
        if (erasure.fill() == Erasure.Fill.PIXEL) {
          RandomDraws.gaussian(pixels, random, from, from + box.width());
        } else {
          fill(pixels, level, from, from + box.width());
        }
      }
    }
  }

  private static void fill(MemorySegment pixels, float level, long from, long to) {
    for (long i = from; i < to; i++) {
      pixels.setAtIndex(JAVA_FLOAT, i, level);
    }
  }

  @Override
  protected void mix(ImageSizes sizes, Tensor x, Tensor partners, List<ImageMix> mixes) {
    int channels = sizes.channels();
    long plane = sizes.plane();
    MemorySegment pixels = x.segment();
    MemorySegment others = partners.segment();
    team.run(
        sizes.images() * channels,
        (index, scratch) -> {
          int image = index / channels;
          long other = ((long) sizes.images() - 1 - image) * channels + index % channels;
          mixPlane(
              pixels.asSlice(4 * plane * index, 4 * plane),
              others.asSlice(4 * plane * other, 4 * plane),
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
    Patches.Sizes cut = cut(sizes, patch);
    MemorySegment rows = patches.segment();
    MemorySegment pixels = images.segment();
    team.run(
        sizes.images() * cut.perImage(), (index, scratch) -> Patches.cut(rows, pixels, cut, index));
  }

  @Override
  protected void patchesBackward(ImageSizes sizes, Tensor images, Tensor patches, int patch) {
    Patches.Sizes cut = cut(sizes, patch);
    MemorySegment rows = patches.segment();
    MemorySegment pixels = images.segment();
    team.run(
        sizes.images() * cut.perImage(),
        (index, scratch) -> Patches.paste(pixels, rows, cut, index));
  }

  private static Patches.Sizes cut(ImageSizes sizes, int patch) {
    return new Patches.Sizes(sizes.channels(), sizes.height(), sizes.width(), patch);
  }

  @Override
  protected void embed(
      TokenSizes sizes, Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    long width = sizes.width();
    long image = sizes.image();
    long front = width * prefix.size();
    long placed = positions.elements();
    MemorySegment out = y.segment();
    MemorySegment rows = patches.segment();
    MemorySegment embedding = positions.segment();
    List<MemorySegment> tokens = prefix.stream().map(Tensor::segment).toList();
    team.run(
        sizes.images(),
        (index, scratch) -> {
          MemorySegment target = out.asSlice(4L * index * image, 4 * image);
          for (int token = 0; token < tokens.size(); token++) {
            MemorySegment.copy(tokens.get(token), 0, target, 4L * token * width, 4 * width);
          }
          long rest = image - front;
          MemorySegment.copy(rows, 4L * index * rest, target, 4 * front, 4 * rest);
          MemorySegment last = target.asSlice(4 * (image - placed));
          elementwise.add(last, last, embedding, 0, placed);
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
        (index, scratch) ->
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
