package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.AdamWStep;
import io.github.deit4j.op.Checks;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The ops of training alone: losses, gradient norm, parameter updates. */
final class CudaTraining {
  /** Elements of one part of a long sum, as in reductions.cu. */
  private static final int PART = 4096;

  private final Launcher launcher;

  CudaTraining(Launcher launcher) {
    this.launcher = launcher;
  }

  void crossEntropy(Tensor losses, Tensor dx, Tensor x, Tensor targets, double factor) {
    Checks.logits("crossEntropy", losses, dx, x, targets);
    launcher.launch(
        "losses",
        "crossEntropy",
        Grid.of(x.shape().size(0), Launcher.THREADS),
        losses,
        dx,
        x,
        targets,
        x.shape().size(1),
        (float) factor);
  }

  void divergence(
      Tensor losses, Tensor dx, Tensor student, Tensor teacher, double temperature, double factor) {
    Checks.logits("divergence", losses, dx, student, teacher);
    launcher.launch(
        "losses",
        "divergence",
        Grid.of(student.shape().size(0), Launcher.THREADS),
        losses,
        dx,
        student,
        teacher,
        student.shape().size(1),
        (float) (1 / temperature),
        (float) (factor / temperature));
  }

  void hardLabels(Tensor y, Tensor x) {
    Checks.rank("hardLabels", "logits", x, 2);
    Checks.exactly("hardLabels", "y", y, DType.F32, x.shape());
    launcher.launch(
        "metrics",
        "hardLabels",
        Grid.of(x.shape().size(0), Launcher.THREADS),
        y,
        x,
        x.shape().size(1));
  }

  void score(Tensor ranks, Tensor losses, Tensor x, Tensor other, int[] labels) {
    Checks.scores("score", ranks, losses, x, other, labels);
    launcher.launch(
        "metrics",
        "score",
        Grid.of(labels.length, Launcher.THREADS),
        ranks,
        losses,
        x,
        other,
        launcher.onDevice(DType.I32, MemorySegment.ofArray(labels)),
        x.shape().size(1));
  }

  double sumOfSquares(List<Tensor> tensors) {
    int parts = 0;
    for (Tensor tensor : tensors) {
      Checks.elements("sumOfSquares", "x", tensor, tensor.elements());
      parts += parts(tensor);
    }
    Tensor sums = launcher.scratch(DType.F64, Shape.of(parts));
    int part = 0;
    for (Tensor tensor : tensors) {
      int end = part + parts(tensor);
      if (end > part) {
        launcher.launch(
            "reductions",
            "sumOfSquares",
            Grid.of(end - part, Launcher.THREADS),
            sums.slice(part, end),
            tensor,
            tensor.elements());
      }
      part = end;
    }
    Tensor total = launcher.scratch(DType.F64, Shape.of(1));
    launcher.launch(
        "reductions", "sumParts", Grid.of(1, Launcher.THREADS), total, sums, (long) parts);
    double[] sum = new double[1];
    launcher.context().read(MemorySegment.ofArray(sum), total);
    return sum[0];
  }

  private static int parts(Tensor tensor) {
    return Math.toIntExact(Math.ceilDiv(tensor.elements(), PART));
  }

  void adamW(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step) {
    Checks.elements("adamW", "m", m, p.elements());
    Checks.elements("adamW", "v", v, p.elements());
    Checks.elements("adamW", "g", g, p.elements());
    launcher.elements(
        "optimizers",
        "adamW",
        p.elements(),
        p,
        m,
        v,
        g,
        (float) step.gradientScale(),
        (float) step.decay(),
        (float) step.beta1(),
        (float) step.beta2(),
        (float) step.stepSize(),
        (float) step.rootScale(),
        (float) step.epsilon());
  }

  void sgd(
      Tensor p,
      Tensor b,
      Tensor g,
      double gradientScale,
      double weightDecay,
      double momentum,
      double learningRate) {
    Checks.elements("sgd", "b", b, p.elements());
    Checks.elements("sgd", "g", g, p.elements());
    launcher.elements(
        "optimizers",
        "sgd",
        p.elements(),
        p,
        b,
        g,
        (float) gradientScale,
        (float) weightDecay,
        (float) momentum,
        (float) learningRate);
  }

  void ema(Tensor average, Tensor p, double decay) {
    Checks.elements("ema", "average", average, p.elements());
    launcher.elements(
        "optimizers", "ema", p.elements(), average, p, (float) decay, (float) (1 - decay));
  }
}
