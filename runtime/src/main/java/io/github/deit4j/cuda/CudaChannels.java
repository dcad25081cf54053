package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.Checks;
import io.github.deit4j.op.MapChecks;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/** The ops around convolutions that see single channels: layout, pooling, scaling, activations. */
final class CudaChannels {
  private static final String FILE = "channels";

  private final Launcher launcher;

  CudaChannels(Launcher launcher) {
    this.launcher = launcher;
  }

  void channelsLast(Tensor y, Tensor x) {
    MapChecks.layouts("channelsLast", y, x);
    copy("channelsLast", y, x, x.shape());
  }

  void channelsFirst(Tensor y, Tensor x) {
    MapChecks.layouts("channelsFirst", x, y);
    copy("channelsFirst", y, x, y.shape());
  }

  private void copy(String op, Tensor y, Tensor x, Shape channelsFirst) {
    int channels = channelsFirst.size(1);
    long pixels = (long) channelsFirst.size(2) * channelsFirst.size(3);
    launcher.elements(FILE, op, x.elements(), y, x, channels, pixels);
  }

  /** Blocks of 32 channels of an image. */
  private static Grid images(Tensor map) {
    long groups = Math.ceilDiv(map.shape().size(3), Launcher.WARP);
    return Grid.of(groups, map.shape().size(0), Launcher.THREADS);
  }

  void averagePool(Tensor y, Tensor x) {
    int pixels = MapChecks.pixels("averagePool", x, y);
    launcher.launch(FILE, "averagePool", images(x), y, x, x.shape().size(3), pixels);
  }

  void averagePoolBackward(Tensor dx, Tensor base, Tensor dy) {
    int pixels = MapChecks.pixels("averagePoolBackward", dx, dy);
    Checks.elements("averagePoolBackward", "base", base, dx.elements());
    launcher.elements(
        FILE, "averagePoolBackward", dx.elements(), dx, base, dy, dx.shape().size(3), pixels);
  }

  void scale(Tensor y, Tensor x, Tensor s) {
    int pixels = MapChecks.pixels("scaleChannels", x, s);
    Checks.elements("scaleChannels", "y", y, x.elements());
    launcher.elements(FILE, "scaleChannels", x.elements(), y, x, s, x.shape().size(3), pixels);
  }

  void scaleBackward(Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s) {
    String op = "scaleChannelsBackward";
    int pixels = MapChecks.pixels(op, x, s);
    Checks.elements(op, "dx", dx, x.elements());
    Checks.elements(op, "dy", dy, x.elements());
    Checks.elements(op, "ds", ds, s.elements());
    launcher.launch(FILE, op, images(x), dx, ds, dy, x, s, x.shape().size(3), pixels);
  }

  void relu(Tensor y, Tensor x) {
    unary("relu", y, x);
  }

  void reluBackward(Tensor dx, Tensor dy, Tensor y) {
    backward("reluBackward", dx, dy, y);
  }

  void sigmoid(Tensor y, Tensor x) {
    unary("sigmoid", y, x);
  }

  void sigmoidBackward(Tensor dx, Tensor dy, Tensor y) {
    backward("sigmoidBackward", dx, dy, y);
  }

  private void unary(String op, Tensor y, Tensor x) {
    Checks.elements(op, "y", y, x.elements());
    launcher.elements(FILE, op, x.elements(), y, x);
  }

  private void backward(String op, Tensor dx, Tensor dy, Tensor y) {
    Checks.elements(op, "dx", dx, y.elements());
    Checks.elements(op, "dy", dy, y.elements());
    launcher.elements(FILE, op, y.elements(), dx, dy, y);
  }
}
