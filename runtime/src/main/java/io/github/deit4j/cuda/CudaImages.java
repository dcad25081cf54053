package io.github.deit4j.cuda;

import io.github.deit4j.op.Checks;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The ops that see a batch as images: pixels, patches, tokens, stochastic depth. */
final class CudaImages {
  private final Launcher launcher;

  CudaImages(Launcher launcher) {
    this.launcher = launcher;
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
    long count = shape.size(0) * plane;
    for (int channel = 0; channel < channels; channel++) {
      launcher.elements(
          "images",
          "normalize",
          count,
          y,
          x,
          mean[channel],
          std[channel],
          channel,
          channels,
          plane);
    }
  }

  void addBranch(Tensor y, Tensor x, Tensor branch, float[] factors) {
    Checks.elements("addBranch", "x", x, y.elements());
    Checks.elements("addBranch", "branch", branch, y.elements());
    if (factors == null) {
      launcher.elements("elementwise", "add", y.elements(), y, x, branch);
      return;
    }
    long image = Checks.imageSize("addBranch", y, factors);
    launcher.elements(
        "elementwise", "addBranch", y.elements(), y, x, branch, onDevice(factors), image);
  }

  void addBranchBackward(Tensor dBranch, Tensor dy, float[] factors) {
    Checks.elements("addBranchBackward", "dBranch", dBranch, dy.elements());
    long image = Checks.imageSize("addBranchBackward", dy, factors);
    launcher.elements(
        "elementwise", "addBranchBackward", dy.elements(), dBranch, dy, onDevice(factors), image);
  }

  private Tensor onDevice(float[] factors) {
    return launcher.onDevice(DType.F32, MemorySegment.ofArray(factors));
  }

  void patches(Tensor patches, Tensor images, int patch) {
    checkPatches("patches", patches, images, patch);
    Shape shape = images.shape();
    launcher.elements(
        "images",
        "patches",
        images.elements(),
        patches,
        images,
        shape.size(1),
        shape.size(2),
        shape.size(3),
        patch);
  }

  void patchesBackward(Tensor images, Tensor patches, int patch) {
    checkPatches("patchesBackward", patches, images, patch);
    Shape shape = images.shape();
    launcher.elements(
        "images",
        "patchesBackward",
        images.elements(),
        images,
        patches,
        shape.size(1),
        shape.size(2),
        shape.size(3),
        patch);
  }

  private static void checkPatches(String op, Tensor patches, Tensor images, int patch) {
    Checks.rank(op, "images", images, 4);
    Shape shape = images.shape();
    Checks.that(
        shape.size(2) % patch == 0 && shape.size(3) % patch == 0,
        op,
        "images whose sides are multiples of the patch size " + patch,
        images);
    Checks.elements(op, "patches", patches, images.elements());
  }

  void embed(Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    checkEmbedding("embed", y, patches, prefix, positions);
    int tokens = y.shape().size(1);
    int width = y.shape().size(2);
    launcher.elements(
        "images", "embed", patches.elements(), y, patches, positions, prefix.size(), tokens, width);
    long count = (long) y.shape().size(0) * width;
    for (int token = 0; token < prefix.size(); token++) {
      launcher.elements(
          "images", "embedPrefix", count, y, prefix.get(token), positions, token, tokens, width);
    }
  }

  void embedBackward(Tensor dPatches, List<Tensor> dPrefix, Tensor dPositions, Tensor dy) {
    checkEmbedding("embedBackward", dy, dPatches, dPrefix, dPositions);
    int images = dy.shape().size(0);
    int tokens = dy.shape().size(1);
    int width = dy.shape().size(2);
    launcher.elements(
        "images",
        "embedBackward",
        dPatches.elements(),
        dPatches,
        dy,
        dPrefix.size(),
        tokens,
        width);
    Tensor rows = dy.reshape(images * tokens, width);
    long perImage = (long) tokens * width;
    for (int token = 0; token < dPrefix.size(); token++) {
      Tensor first = rows.slice(token, images * tokens);
      launcher.addRows(dPrefix.get(token), first, perImage, images);
    }
    launcher.addRows(dPositions, rows, perImage, images);
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
    checkToken("selectToken", y, x, token);
    launcher.elements(
        "images", "selectToken", y.elements(), y, x, token, x.shape().size(1), x.shape().size(2));
  }

  void selectTokenBackward(Tensor dx, Tensor dy, int token) {
    checkToken("selectTokenBackward", dy, dx, token);
    launcher.elements(
        "images",
        "selectTokenBackward",
        dy.elements(),
        dx,
        dy,
        token,
        dx.shape().size(1),
        dx.shape().size(2));
  }

  private static void checkToken(String op, Tensor one, Tensor all, int token) {
    Checks.rank(op, "x", all, 3);
    Shape shape = all.shape();
    Checks.that(token >= 0 && token < shape.size(1), op, "a token number below N", all);
    Checks.elements(op, "y", one, shape.size(0), shape.size(2));
  }
}
