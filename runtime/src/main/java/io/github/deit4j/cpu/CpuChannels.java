package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.conv.Activations;
import io.github.deit4j.cpu.conv.Channels;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.op.Checks;
import io.github.deit4j.op.MapChecks;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** The ops around convolutions that see single channels: pooling, scaling, activations, layout. */
final class CpuChannels {
  private final Channels channels;
  private final Activations activations;
  private final ThreadTeam team;

  CpuChannels(Kernels kernels, ThreadTeam team) {
    this.channels = kernels.channels();
    this.activations = kernels.activations();
    this.team = team;
  }

  void channelsLast(Tensor y, Tensor x) {
    MapChecks.layouts("channelsLast", y, x);
    copy(y.segment(), x.segment(), x.shape(), true);
  }

  void channelsFirst(Tensor y, Tensor x) {
    MapChecks.layouts("channelsFirst", x, y);
    copy(y.segment(), x.segment(), y.shape(), false);
  }

  private void copy(MemorySegment to, MemorySegment from, Shape channelsFirst, boolean last) {
    int width = channelsFirst.size(1);
    long plane = (long) channelsFirst.size(2) * channelsFirst.size(3);
    team.run(
        channelsFirst.size(0),
        (image, scratch) -> {
          long start = image * plane * width;
          for (int c = 0; c < width; c++) {
            for (long pixel = 0; pixel < plane; pixel++) {
              long first = start + c * plane + pixel;
              long behind = start + pixel * width + c;
              float value = from.getAtIndex(JAVA_FLOAT, last ? first : behind);
              to.setAtIndex(JAVA_FLOAT, last ? behind : first, value);
            }
          }
        });
  }

  void averagePool(Tensor y, Tensor x) {
    int pixels = MapChecks.pixels("averagePool", x, y);
    int width = x.shape().size(3);
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.run(
        x.shape().size(0), (image, scratch) -> channels.average(out, in, pixels, width, image));
  }

  void averagePoolBackward(Tensor dx, Tensor base, Tensor dy) {
    int pixels = MapChecks.pixels("averagePoolBackward", dx, dy);
    Checks.elements("averagePoolBackward", "base", base, dx.elements());
    int width = dx.shape().size(3);
    MemorySegment result = dx.segment();
    MemorySegment start = base.segment();
    MemorySegment gradient = dy.segment();
    team.run(
        dx.shape().size(0),
        (image, scratch) ->
            channels.averageBackward(result, start, gradient, pixels, width, image));
  }

  void scale(Tensor y, Tensor x, Tensor s) {
    int pixels = MapChecks.pixels("scaleChannels", x, s);
    Checks.elements("scaleChannels", "y", y, x.elements());
    int width = x.shape().size(3);
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    MemorySegment factors = s.segment();
    team.run(
        x.shape().size(0),
        (image, scratch) -> channels.scale(out, in, factors, pixels, width, image));
  }

  void scaleBackward(Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s) {
    String op = "scaleChannelsBackward";
    int pixels = MapChecks.pixels(op, x, s);
    Checks.elements(op, "dx", dx, x.elements());
    Checks.elements(op, "dy", dy, x.elements());
    Checks.elements(op, "ds", ds, s.elements());
    int width = x.shape().size(3);
    MemorySegment result = dx.segment();
    MemorySegment sums = ds.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment factors = s.segment();
    team.run(
        x.shape().size(0),
        (image, scratch) ->
            channels.scaleBackward(result, sums, gradient, in, factors, pixels, width, image));
  }

  @FunctionalInterface
  private interface UnaryKernel {
    void run(MemorySegment y, MemorySegment x, long from, long to);
  }

  @FunctionalInterface
  private interface BackwardKernel {
    void run(MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to);
  }

  void relu(Tensor y, Tensor x) {
    unary("relu", y, x, activations::relu);
  }

  void reluBackward(Tensor dx, Tensor dy, Tensor y) {
    backward("reluBackward", dx, dy, y, activations::reluBackward);
  }

  void sigmoid(Tensor y, Tensor x) {
    unary("sigmoid", y, x, activations::sigmoid);
  }

  void sigmoidBackward(Tensor dx, Tensor dy, Tensor y) {
    backward("sigmoidBackward", dx, dy, y, activations::sigmoidBackward);
  }

  private void unary(String op, Tensor y, Tensor x, UnaryKernel kernel) {
    Checks.elements(op, "y", y, x.elements());
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.runRanges(x.elements(), CpuBackend.GRAIN, (from, to) -> kernel.run(out, in, from, to));
  }

  private void backward(String op, Tensor dx, Tensor dy, Tensor y, BackwardKernel kernel) {
    Checks.elements(op, "dx", dx, y.elements());
    Checks.elements(op, "dy", dy, y.elements());
    MemorySegment result = dx.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment out = y.segment();
    team.runRanges(
        y.elements(), CpuBackend.GRAIN, (from, to) -> kernel.run(result, gradient, out, from, to));
  }
}
