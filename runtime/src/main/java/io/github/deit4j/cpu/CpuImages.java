package io.github.deit4j.cpu;

import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.kernel.Elementwise;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.cpu.kernel.Patches;
import io.github.deit4j.cpu.kernel.Pixels;
import io.github.deit4j.op.Checks;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The ops that see a batch as images: pixels, patches, tokens, stochastic depth. */
final class CpuImages {
  private final Elementwise elementwise;
  private final Reductions reductions;
  private final ThreadTeam team;

  CpuImages(Kernels kernels, ThreadTeam team) {
    this.elementwise = kernels.elementwise();
    this.reductions = kernels.reductions();
    this.team = team;
  }

  void normalize(Tensor y, Tensor x, float[] mean, float[] std) {
    Checks.rank("normalize", "y", y, 4);
    Shape shape = y.shape();
    Checks.exactly("normalize", "x", x, DType.U8, shape);
    int channels = shape.size(1);
    Checks.that(
        mean.length == channels && std.length == channels,
        "normalize",
        "a mean and a deviation for each of %d and %d channels".formatted(mean.length, std.length),
        y);
    long plane = (long) shape.size(2) * shape.size(3);
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.run(
        shape.size(0) * channels,
        (index, scratch) -> {
          int channel = index % channels;
          Pixels.normalize(
              out, in, mean[channel], std[channel], index * plane, (index + 1) * plane);
        });
  }

  void add(Tensor y, Tensor a, Tensor b) {
    Checks.elements("add", "a", a, y.elements());
    Checks.elements("add", "b", b, y.elements());
    MemorySegment sum = y.segment();
    MemorySegment left = a.segment();
    MemorySegment right = b.segment();
    team.runRanges(
        y.elements(), CpuBackend.GRAIN, (from, to) -> elementwise.add(sum, left, right, from, to));
  }

  void addBranch(Tensor y, Tensor x, Tensor branch, float[] factors) {
    Checks.elements("addBranch", "x", x, y.elements());
    Checks.elements("addBranch", "branch", branch, y.elements());
    if (factors == null) {
      add(y, x, branch);
      return;
    }
    MemorySegment out = y.segment();
    MemorySegment base = x.segment();
    MemorySegment value = branch.segment();
    long image = Checks.imageSize("addBranch", y, factors);
    team.run(
        factors.length,
        (index, scratch) ->
            elementwise.addScaled(
                out, base, value, factors[index], index * image, (index + 1) * image));
  }

  void addBranchBackward(Tensor dBranch, Tensor dy, float[] factors) {
    Checks.elements("addBranchBackward", "dBranch", dBranch, dy.elements());
    MemorySegment out = dBranch.segment();
    MemorySegment in = dy.segment();
    long image = Checks.imageSize("addBranchBackward", dy, factors);
    team.run(
        factors.length,
        (index, scratch) ->
            elementwise.scale(out, in, factors[index], index * image, (index + 1) * image));
  }

  void patches(Tensor patches, Tensor images, int patch) {
    Patches.Sizes sizes = sizes("patches", patches, images, patch);
    MemorySegment rows = patches.segment();
    MemorySegment pixels = images.segment();
    team.run(
        images.shape().size(0) * sizes.perImage(),
        (index, scratch) -> Patches.cut(rows, pixels, sizes, index));
  }

  void patchesBackward(Tensor images, Tensor patches, int patch) {
    Patches.Sizes sizes = sizes("patchesBackward", patches, images, patch);
    MemorySegment rows = patches.segment();
    MemorySegment pixels = images.segment();
    team.run(
        images.shape().size(0) * sizes.perImage(),
        (index, scratch) -> Patches.paste(pixels, rows, sizes, index));
  }

  private static Patches.Sizes sizes(String op, Tensor patches, Tensor images, int patch) {
    Checks.rank(op, "images", images, 4);
    Shape shape = images.shape();
    Checks.that(
        shape.size(2) % patch == 0 && shape.size(3) % patch == 0,
        op,
        "images whose sides are multiples of the patch size " + patch,
        images);
    Checks.elements(op, "patches", patches, images.elements());
    return new Patches.Sizes(shape.size(1), shape.size(2), shape.size(3), patch);
  }

  void embed(Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    checkEmbedding("embed", y, patches, prefix, positions);
    long width = y.shape().size(2);
    long image = width * y.shape().size(1);
    long front = width * prefix.size();
    MemorySegment out = y.segment();
    MemorySegment rows = patches.segment();
    MemorySegment embedding = positions.segment();
    List<MemorySegment> tokens = prefix.stream().map(Tensor::segment).toList();
    team.run(
        y.shape().size(0),
        (index, scratch) -> {
          MemorySegment target = out.asSlice(4L * index * image, 4 * image);
          for (int token = 0; token < tokens.size(); token++) {
            MemorySegment.copy(tokens.get(token), 0, target, 4L * token * width, 4 * width);
          }
          long rest = image - front;
          MemorySegment.copy(rows, 4L * index * rest, target, 4 * front, 4 * rest);
          elementwise.add(target, target, embedding, 0, image);
        });
  }

  void embedBackward(Tensor dPatches, List<Tensor> dPrefix, Tensor dPositions, Tensor dy) {
    checkEmbedding("embedBackward", dy, dPatches, dPrefix, dPositions);
    int images = dy.shape().size(0);
    int width = dy.shape().size(2);
    int image = Math.multiplyExact(width, dy.shape().size(1));
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
    team.runRanges(
        image, 256, (from, to) -> reductions.addRows(positions, gradient, image, images, from, to));
  }

  private static void checkEmbedding(
      String op, Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    Checks.rank(op, "y", y, 3);
    int images = y.shape().size(0);
    int tokens = y.shape().size(1);
    int width = y.shape().size(2);
    Checks.elements(op, "patches", patches, images, tokens - prefix.size(), width);
    Checks.elements(op, "positions", positions, tokens, width);
    for (Tensor token : prefix) {
      Checks.elements(op, "prefix token", token, width);
    }
  }

  void selectToken(Tensor y, Tensor x, int token) {
    copyToken("selectToken", y, x, token, true);
  }

  void selectTokenBackward(Tensor dx, Tensor dy, int token) {
    copyToken("selectTokenBackward", dy, dx, token, false);
  }

  private static void copyToken(String op, Tensor one, Tensor all, int token, boolean select) {
    Checks.rank(op, "x", all, 3);
    Shape shape = all.shape();
    Checks.that(token >= 0 && token < shape.size(1), op, "a token number below N", all);
    Checks.elements(op, "y", one, shape.size(0), shape.size(2));
    long bytes = 4L * shape.size(2);
    MemorySegment single = one.segment();
    MemorySegment whole = all.segment();
    for (int image = 0; image < shape.size(0); image++) {
      long at = bytes * ((long) image * shape.size(1) + token);
      if (select) {
        MemorySegment.copy(whole, at, single, bytes * image, bytes);
      } else {
        MemorySegment.copy(single, bytes * image, whole, at, bytes);
      }
    }
  }
}
