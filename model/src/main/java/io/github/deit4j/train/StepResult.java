package io.github.deit4j.train;

import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.LossTensors;
import io.github.deit4j.op.OpRunner.Readback;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What a step tells of itself: its loss and the norm of its gradients. They are computed where the
 * backend is, and on a device that works behind the host's back they come later: a step that waited
 * for them would leave the device idle until the host has queued the next one.
 *
 * <p>In the backend's memory lies one tensor: the norm and what gradients are multiplied by, then
 * the losses of this rank's images by the targets, then those by the teacher.
 */
final class StepResult {
  private static final int SCALE = 2;

  private final DistillationLoss loss;
  private final int classes;
  private final Shard shard;
  private final RankMessages messages;
  private final int images;
  private final Tensor tensor;
  private final double[] numbers;

  /** Null where all images count as much. */
  private float[] imageWeights;

  private Readback copy;

  /** Of the whole effective batch; null until it is known. */
  private Double meanLoss;

  /**
   * Prepares for a step.
   *
   * @param arena keeps the numbers until {@link #read} was called
   * @param classes of the model
   */
  StepResult(
      TensorArena arena, DistillationLoss loss, int classes, Shard shard, RankMessages messages) {
    this.loss = loss;
    this.classes = classes;
    this.shard = shard;
    this.messages = messages;
    images = shard.endImage() - shard.firstImage();
    int losses = loss.type() == DistillationType.NONE ? 1 : 2;
    numbers = new double[SCALE + losses * images];
    tensor = arena.allocate(DType.F64, Shape.of(numbers.length));
  }

  /** Returns where the norm goes, and what gradients are multiplied by: F64 [2]. */
  Tensor scale() {
    return tensor.slice(0, SCALE);
  }

  /**
   * Returns where the losses of the images {@code from} to {@code to} − 1 of the effective batch
   * go, which are this rank's.
   *
   * @param weights how much each of them counts; null for 1
   */
  LossTensors losses(int from, int to, float[] weights) {
    int first = from - shard.firstImage();
    if (weights != null) {
      imageWeights = imageWeights == null ? new float[images] : imageWeights;
      System.arraycopy(weights, 0, imageWeights, first, weights.length);
    }
    int base = SCALE + first;
    int taught = base + images;
    return new LossTensors(
        tensor.slice(base, base + to - from),
        loss.type() == DistillationType.NONE ? null : tensor.slice(taught, taught + to - from));
  }

  /**
   * Has the numbers copied to the host. Several ranks wait for them at once and tell each other:
   * they have waited for each other's gradients anyway.
   */
  void read(Backend backend) throws InterruptedException {
    copy = backend.readLater(MemorySegment.ofArray(numbers), tensor);
    if (!messages.isAlone()) {
      await();
    }
  }

  /** Returns whether nobody need wait for the numbers. */
  boolean isDone() {
    return copy.isDone();
  }

  /** Waits for the numbers. */
  void await() throws InterruptedException {
    copy.await();
    if (meanLoss == null) {
      meanLoss = mean();
    }
  }

  private double mean() throws InterruptedException {
    int taught = SCALE + images;
    double[] own =
        loss.images(
                Arrays.copyOfRange(numbers, SCALE, taught),
                loss.type() == DistillationType.NONE
                    ? null
                    : Arrays.copyOfRange(numbers, taught, taught + images),
                imageWeights,
                classes)
            .total();
    double[] losses = new double[shard.grains().images()];
    System.arraycopy(own, 0, losses, shard.firstImage(), images);
    messages.gather(losses, shard.firstImages());
    double sum = 0;
    for (double each : losses) {
      sum += each;
    }
    return sum / losses.length;
  }

  /** Returns the mean loss of the effective batch, once it was waited for. */
  double loss() {
    return meanLoss;
  }

  /** Returns the Euclidean norm of all gradients together, once it was waited for. */
  double norm() {
    return numbers[0];
  }
}
