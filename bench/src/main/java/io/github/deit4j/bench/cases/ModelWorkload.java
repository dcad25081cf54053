package io.github.deit4j.bench.cases;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.LossTensors;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.distill.WeightedTargets;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.nn.BatchInference;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.op.OpRunner;
import io.github.deit4j.op.RecordedStep;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.Gradients;
import io.github.deit4j.train.Optimizer;
import io.github.deit4j.train.Optimizer.AdamW;
import io.github.deit4j.train.Optimizer.ParameterGroups;
import io.github.deit4j.train.Targets;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** What a model does with a batch that is always the same; a device has it copied each time. */
public abstract class ModelWorkload implements Workload {
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

  final Backend backend;
  final TensorArena batchArena;
  final TensorArena stepArena;
  final Model model;
  final Tensor images;
  private final Runnable feed;

  private ModelWorkload(Backend backend, ModelConfig config, int batch, boolean trainable) {
    this.backend = backend;
    this.batchArena = backend.arena("batch", Long.MAX_VALUE);
    this.stepArena = backend.arena("step", Long.MAX_VALUE);
    this.model = BenchmarkModels.create(backend, config, trainable);
    int size = config.imageSize();
    this.images = batchArena.allocate(batch, config.channels(), size, size);
    MemorySegment host = MemorySegment.ofArray(BenchmarkData.numbers(images.elements()));
    backend.write(images, host);
    // To a device they are copied each time, as they come from the host.
    this.feed = Contestant.isDevice(backend) ? () -> backend.write(images, host) : () -> {};
  }

  final void begin() {
    stepArena.reset();
    feed.run();
  }

  @Override
  public void close() {
    model.close();
    stepArena.close();
    batchArena.close();
  }

  /**
   * The forward pass of a loaded model on normalised images in the host's memory, to every head's
   * logits there.
   */
  static final class Inference extends ModelWorkload {
    private final BatchInference inference;
    private LogitRows logits;

    Inference(Backend backend, ModelConfig config, int batch) {
      super(backend, config, batch, false);
      this.inference = new BatchInference(backend);
      model.prepare(backend);
    }

    @Override
    public void run() {
      begin();
      logits = LogitRows.of(backend, inference.logits(model, images, stepArena));
    }

    /** Returns the first image's logits of the class head. */
    @Override
    public float[] check() {
      run();
      return Arrays.copyOf(logits.classRows(), logits.classes());
    }

    @Override
    public void close() {
      inference.close();
      super.close();
    }
  }

  /**
   * An optimizer step: forward, loss, backward, AdamW. The loss of a model with a distillation head
   * is hard distillation with given teacher labels, that of any other cross entropy. No EMA,
   * clipping, drop path or data loading.
   */
  static final class TrainStep extends ModelWorkload {
    private final int batch;
    private final DistillationLoss loss;
    private final Gradients gradients;
    private final AdamW optimizer;
    private final Tensor targets;
    private final Tensor teacher;
    private final Tensor losses;
    private int step;
    private double meanLoss;

    TrainStep(Backend backend, ModelConfig config, int batch) {
      super(backend, config, batch, true);
      this.batch = batch;
      this.loss = config.distilled() ? HARD : DistillationLoss.NONE;
      this.gradients = new Gradients(backend, model.parameters());
      ParameterGroups groups = ParameterGroups.of(model.parameters(), true);
      this.optimizer = new AdamW(backend, batchArena, groups, ADAMW);
      this.targets = targets(BenchmarkData.labels(config, batch), SMOOTHING);
      this.teacher = targets(BenchmarkData.teacherLabels(config, batch), 0);
      this.losses = batchArena.allocate(DType.F64, Shape.of(distils() ? 2 * batch : batch));
    }

    private Tensor targets(int[] labels, double smoothing) {
      return Targets.of(backend, batchArena, labels, model.config().classes(), smoothing);
    }

    private boolean distils() {
      return loss.type() != DistillationType.NONE;
    }

    @Override
    public void run() {
      double[] numbers = new double[(int) losses.elements()];
      OpRunner.Readback copy;
      try (RecordedStep recorded = backend.recordStep()) {
        begin();
        computeAndUpdate();
        copy = backend.readLater(MemorySegment.ofArray(numbers), losses);
        recorded.launch();
      }
      backend.synchronize();
      copy.await();
      double[] base = Arrays.copyOf(numbers, batch);
      double[] taught = distils() ? Arrays.copyOfRange(numbers, batch, 2 * batch) : null;
      double[] total = loss.images(base, taught, null, model.config().classes()).total();
      meanLoss = Arrays.stream(total).sum() / batch;
    }

    private void computeAndUpdate() {
      gradients.clear();
      Tape tape = new Tape(backend, stepArena);
      Ops ops = Ops.recording(backend, stepArena, tape);
      ForwardPass pass = ForwardPass.training(ops, new Draws(0, step, 0));
      Logits logits = model.forward(pass, images);
      var into =
          new LossTensors(
              losses.slice(0, batch), distils() ? losses.slice(batch, 2 * batch) : null);
      var wanted = WeightedTargets.of(targets);
      loss.compute(backend, stepArena, tape, logits, wanted, teacher, batch, into);
      tape.backward();
      step++;
      optimizer.step(new Optimizer.Step(step, LEARNING_RATE, null, null));
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
  }
}
