package io.github.deit4j.bench;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.nn.DropPath;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.AdamW;
import io.github.deit4j.train.Gradients;
import io.github.deit4j.train.Optimizer;
import io.github.deit4j.train.Optimizer.ParameterGroups;
import io.github.deit4j.train.Targets;
import io.github.deit4j.vit.DeiTConfig;
import java.util.Arrays;

/**
 * An optimizer step: forward, loss, backward, AdamW. The loss of a DeiT is hard distillation with
 * given teacher labels, that of a RegNetY, which is to be a teacher, cross entropy. No EMA,
 * clipping, drop path or data loading. Every step sees the same batch; a device has it copied from
 * the host each time.
 */
public final class TrainStep implements Workload {
  /** Label smoothing of the base loss. */
  public static final double SMOOTHING = 0.1;

  /** Weight of the teacher. */
  public static final double ALPHA = 0.5;

  /** Small enough for any number of steps on one batch. */
  public static final double LEARNING_RATE = 1e-4;

  /** The optimizer's constants. */
  public static final AdamW.Constants ADAMW = new AdamW.Constants(0.9, 0.999, 1e-8, 0.05);

  private static final DistillationLoss HARD =
      new DistillationLoss(DistillationType.HARD, ALPHA, 1, SoftReduction.ELEMENT);

  private final Backend backend;
  private final int batch;
  private final TensorArena batchArena;
  private final TensorArena stepArena;
  private final Model model;
  private final DistillationLoss loss;
  private final Gradients gradients;
  private final AdamW optimizer;
  private final Tensor images;
  private final HostImages host;
  private final Tensor targets;
  private final Tensor teacher;
  private int step;
  private double meanLoss;

  /**
   * Creates model, optimizer and batch.
   *
   * @param backend stays the caller's to close
   */
  public TrainStep(Backend backend, ModelConfig config, int batch) {
    this.backend = backend;
    this.batch = batch;
    this.batchArena = backend.arena("batch", Long.MAX_VALUE);
    this.stepArena = backend.arena("step", Long.MAX_VALUE);
    this.model = BenchmarkModels.create(backend, config, true);
    this.loss = isDistilled(config) ? HARD : DistillationLoss.NONE;
    this.gradients = new Gradients(backend, model.parameters());
    ParameterGroups groups = ParameterGroups.of(model.parameters(), true);
    this.optimizer = new AdamW(backend, batchArena, groups, ADAMW);
    this.images = BenchmarkData.images(backend, batchArena, config, batch);
    this.host = HostImages.of(backend, config, batch);
    this.targets = targets(BenchmarkData.labels(config, batch), SMOOTHING);
    this.teacher = targets(BenchmarkData.teacherLabels(config, batch), 0);
  }

  /** Returns whether such a model learns from a teacher too. */
  public static boolean isDistilled(ModelConfig config) {
    return config instanceof DeiTConfig;
  }

  private Tensor targets(int[] labels, double smoothing) {
    return Targets.of(backend, batchArena, labels, model.config().classes(), smoothing);
  }

  @Override
  public void run() {
    stepArena.reset();
    host.upload(images);
    gradients.clear();
    Tape tape = new Tape(backend, stepArena);
    Ops ops = Ops.recording(backend, stepArena, tape);
    ForwardPass pass = ForwardPass.training(ops, new DropPath(0, step, 0));
    Logits logits = model.forward(pass, images);
    double[] losses =
        loss.compute(backend, stepArena, tape, logits, targets, teacher, batch).total();
    tape.backward();
    step++;
    optimizer.step(new Optimizer.Step(step, LEARNING_RATE, 1, null));
    backend.synchronize();
    meanLoss = Arrays.stream(losses).sum() / batch;
  }

  /** Returns the mean losses of the first three steps: the later ones tell of the updates. */
  @Override
  public float[] check() {
    float[] losses = new float[3];
    for (int i = 0; i < losses.length; i++) {
      run();
      losses[i] = (float) meanLoss;
    }
    return losses;
  }

  @Override
  public void close() {
    model.close();
    stepArena.close();
    batchArena.close();
  }
}
