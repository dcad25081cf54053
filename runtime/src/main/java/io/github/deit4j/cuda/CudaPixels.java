package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.KernelFile;
import io.github.deit4j.op.Box;
import io.github.deit4j.op.Erasure;
import io.github.deit4j.op.ImageMix;
import io.github.deit4j.op.PixelOps;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Images: a thread for each number, and one for each number of a sum over images. */
final class CudaPixels extends PixelOps {
  private final Launcher launcher;
  private final KernelFile kernels;
  private final KernelFile augmentation;

  CudaPixels(Launcher launcher) {
    super(launcher);
    this.launcher = launcher;
    this.kernels = launcher.file("images");
    this.augmentation = launcher.file("augmentation");
  }

  @Override
  protected void normalize(ImageSizes sizes, Tensor y, Tensor x, float[] mean, float[] std) {
    long plane = sizes.plane();
    long count = sizes.images() * plane;
    int channels = sizes.channels();
    for (int channel = 0; channel < channels; channel++) {
      kernels.elements(
          "normalize", count, y, x, mean[channel], std[channel], channel, channels, plane);
    }
  }

  @Override
  protected void erase(ImageSizes sizes, Tensor x, List<Erasure> erasures) {
    for (Erasure erasure : erasures) {
      Box box = erasure.box();
      StreamKey noise = erasure.noise();
      augmentation.elements(
          "erase",
          sizes.channels() * box.area(),
          x.slice(erasure.image(), erasure.image() + 1),
          sizes.channels(),
          sizes.height(),
          sizes.width(),
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
  }

  @Override
  protected void mix(ImageSizes sizes, Tensor x, Tensor partners, List<ImageMix> mixes) {
    int images = sizes.images();
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
    augmentation.elements(
        "mix",
        x.elements(),
        x,
        partners,
        launcher.onDevice(DType.F32, MemorySegment.ofArray(weights)),
        launcher.onDevice(DType.I32, MemorySegment.ofArray(boxes)),
        sizes.channels(),
        sizes.height(),
        sizes.width());
  }

  @Override
  protected void patches(ImageSizes sizes, Tensor patches, Tensor images, int patch) {
    cut("patches", sizes, patches, images, patch);
  }

  @Override
  protected void patchesBackward(ImageSizes sizes, Tensor images, Tensor patches, int patch) {
    cut("patchesBackward", sizes, images, patches, patch);
  }

  private void cut(String op, ImageSizes sizes, Tensor to, Tensor from, int patch) {
    kernels.elements(
        op, from.elements(), to, from, sizes.channels(), sizes.height(), sizes.width(), patch);
  }

  @Override
  protected void embed(
      TokenSizes sizes, Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    int tokens = sizes.tokens();
    int width = sizes.width();
    int unplaced = unplaced(sizes, positions);
    kernels.elements(
        "embed", patches.elements(), y, patches, positions, prefix.size(), unplaced, tokens, width);
    long count = (long) sizes.images() * width;
    for (int token = 0; token < prefix.size(); token++) {
      kernels.elements(
          "embedPrefix", count, y, prefix.get(token), positions, token, unplaced, tokens, width);
    }
  }

  /** Returns how many tokens in front have no position. */
  private static int unplaced(TokenSizes sizes, Tensor positions) {
    return sizes.tokens() - Math.toIntExact(positions.elements() / sizes.width());
  }

  @Override
  protected void embedBackward(
      TokenSizes sizes, Tensor dPatches, List<Tensor> dPrefix, Tensor dPositions, Tensor dy) {
    int images = sizes.images();
    int tokens = sizes.tokens();
    int width = sizes.width();
    kernels.elements(
        "embedBackward", dPatches.elements(), dPatches, dy, dPrefix.size(), tokens, width);
    Tensor rows = dy.reshape(images * tokens, width);
    long perImage = (long) tokens * width;
    for (int token = 0; token < dPrefix.size(); token++) {
      Tensor first = rows.slice(token, images * tokens);
      launcher.addRows(dPrefix.get(token), first, perImage, images);
    }
    Tensor placed = rows.slice(unplaced(sizes, dPositions), images * tokens);
    launcher.addRows(dPositions, placed, perImage, images);
  }

  @Override
  protected void selectToken(TokenSizes sizes, Tensor y, Tensor x, int token) {
    kernels.elements("selectToken", y.elements(), y, x, token, sizes.tokens(), sizes.width());
  }

  @Override
  protected void selectTokenBackward(TokenSizes sizes, Tensor dx, Tensor dy, int token) {
    kernels.elements(
        "selectTokenBackward", dy.elements(), dx, dy, token, sizes.tokens(), sizes.width());
  }
}
