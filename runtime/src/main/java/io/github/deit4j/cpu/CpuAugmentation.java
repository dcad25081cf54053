package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.kernel.Elementwise;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.cpu.kernel.RandomDraws;
import io.github.deit4j.op.Box;
import io.github.deit4j.op.Checks;
import io.github.deit4j.op.Erasure;
import io.github.deit4j.op.ImageMix;
import io.github.deit4j.random.Philox;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The ops that make training harder: erasing, mixing, dropout. */
final class CpuAugmentation {
  private final Elementwise elementwise;
  private final ThreadTeam team;

  CpuAugmentation(Kernels kernels, ThreadTeam team) {
    this.elementwise = kernels.elementwise();
    this.team = team;
  }

  void erase(Tensor x, List<Erasure> erasures) {
    Checks.erasures("erase", x, erasures);
    Shape shape = x.shape();
    MemorySegment pixels = x.segment();
    team.run(
        shape.size(0),
        (image, scratch) ->
            erasures.stream()
                .filter(erasure -> erasure.image() == image)
                .forEach(erasure -> erase(pixels, shape, erasure)));
  }

  private static void erase(MemorySegment pixels, Shape shape, Erasure erasure) {
    Box box = erasure.box();
    Philox random = erasure.noise().open();
    int channels = shape.size(1);
    for (int channel = 0; channel < channels; channel++) {
      long plane = (long) erasure.image() * channels + channel;
      float level = erasure.fill() == Erasure.Fill.RAND ? (float) random.nextGaussian() : 0f;
      for (int row = box.top(); row < box.top() + box.height(); row++) {
        long from = (plane * shape.size(2) + row) * shape.size(3) + box.left();
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

  void mix(Tensor x, Tensor partners, List<ImageMix> mixes) {
    Checks.mixes("mix", x, partners, mixes);
    Shape shape = x.shape();
    int images = shape.size(0);
    int channels = shape.size(1);
    MemorySegment pixels = x.segment();
    MemorySegment others = partners.segment();
    team.run(
        images * channels,
        (index, scratch) -> {
          int image = index / channels;
          long plane = (long) shape.size(2) * shape.size(3);
          long other = ((long) images - 1 - image) * channels + index % channels;
          mixPlane(
              pixels.asSlice(4 * plane * index, 4 * plane),
              others.asSlice(4 * plane * other, 4 * plane),
              mixes.get(image),
              shape.size(3));
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

  void dropout(Tensor y, Tensor x, double rate, StreamKey first) {
    Checks.exactly("dropout", "x", x, DType.F32, y.shape());
    Checks.that(y.shape().rank() > 0, "dropout", "images in the first dimension", y);
    Checks.that(rate >= 0 && rate < 1, "dropout", "a rate of [0, 1), not " + rate + ", for", y);
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    int images = y.shape().size(0);
    long size = y.elements() / Math.max(1, images);
    float factor = (float) (1 / (1 - rate));
    team.run(
        images,
        (image, scratch) ->
            RandomDraws.dropout(
                out,
                in,
                (float) rate,
                factor,
                first.plus(image).open(),
                image * size,
                (image + 1) * size));
  }
}
