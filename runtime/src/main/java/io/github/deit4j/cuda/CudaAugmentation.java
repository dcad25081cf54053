package io.github.deit4j.cuda;

import io.github.deit4j.op.Box;
import io.github.deit4j.op.Checks;
import io.github.deit4j.op.Erasure;
import io.github.deit4j.op.ImageMix;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The ops that make training harder: erasing, mixing, dropout. */
final class CudaAugmentation {
  /** Random numbers that one thread of dropout draws together. */
  private static final int DRAWN_TOGETHER = 4;

  private final Launcher launcher;

  CudaAugmentation(Launcher launcher) {
    this.launcher = launcher;
  }

  void erase(Tensor x, List<Erasure> erasures) {
    Checks.erasures("erase", x, erasures);
    for (Erasure erasure : erasures) {
      erase(x.slice(erasure.image(), erasure.image() + 1), erasure);
    }
  }

  private void erase(Tensor image, Erasure erasure) {
    Shape shape = image.shape();
    Box box = erasure.box();
    StreamKey noise = erasure.noise();
    launcher.elements(
        "augmentation",
        "erase",
        shape.size(1) * box.area(),
        image,
        shape.size(1),
        shape.size(2),
        shape.size(3),
        box.top(),
        box.left(),
        box.height(),
        box.width(),
        switch (erasure.fill()) {
          case CONST -> 0;
          case RAND -> 1;
          case PIXEL -> 2;
        },
        noise.seed(),
        noise.purpose(),
        noise.epoch(),
        noise.position());
  }

  void mix(Tensor x, Tensor partners, List<ImageMix> mixes) {
    Checks.mixes("mix", x, partners, mixes);
    Shape shape = x.shape();
    int images = shape.size(0);
    float[] weights = new float[2 * images];
    int[] boxes = new int[4 * images];
    for (int i = 0; i < images; i++) {
      ImageMix mix = mixes.get(i);
      Box box = mix.box();
      weights[2 * i] = mix.own();
      weights[2 * i + 1] = mix.other();
      boxes[4 * i] = box.top();
      boxes[4 * i + 1] = box.left();
      boxes[4 * i + 2] = box.height();
      boxes[4 * i + 3] = box.width();
    }
    launcher.elements(
        "augmentation",
        "mix",
        x.elements(),
        x,
        partners,
        launcher.onDevice(DType.F32, MemorySegment.ofArray(weights)),
        launcher.onDevice(DType.I32, MemorySegment.ofArray(boxes)),
        shape.size(1),
        shape.size(2),
        shape.size(3));
  }

  void dropout(Tensor y, Tensor x, double rate, StreamKey first) {
    Checks.exactly("dropout", "x", x, DType.F32, y.shape());
    Checks.that(y.shape().rank() > 0, "dropout", "images in the first dimension", y);
    Checks.that(rate >= 0 && rate < 1, "dropout", "a rate of [0, 1), not " + rate + ", for", y);
    int images = y.shape().size(0);
    long size = y.elements() / Math.max(1, images);
    launcher.elements(
        "augmentation",
        "dropout",
        images * Math.ceilDiv(size, DRAWN_TOGETHER),
        y,
        x,
        (float) rate,
        (float) (1 / (1 - rate)),
        first.seed(),
        first.purpose(),
        first.epoch(),
        first.position(),
        size);
  }
}
