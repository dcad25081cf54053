package io.github.deit4j.bench;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.deit.DeiT;
import io.github.deit4j.deit.DeiTInit;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.nn.DropPath;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.AdamW;
import io.github.deit4j.train.Gradients;
import io.github.deit4j.train.ParameterGroups;
import io.github.deit4j.train.Targets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Optimizer steps on a batch that is already there: forward, loss, backward, AdamW; no teacher, no
 * data.
 */
public class TrainingStepBenchmark extends BackendBenchmark {
  private static final double DROP_PATH = 0.1;
  private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.999, 1e-8, 0.05);

  /** Images of a batch. */
  @Param("8")
  public int batch;

  private TensorArena stepArena;
  private DeiT network;
  private Gradients gradients;
  private AdamW optimizer;
  private Tensor images;
  private Tensor targets;
  private int step;

  @Override
  void prepare() {
    network = new DeiT(ops, config, true, DROP_PATH);
    DeiTInit.initialize(network, ops, 0);
    gradients = new Gradients(ops, network.parameters());
    optimizer = new AdamW(ops, arena, ParameterGroups.of(network.parameters(), true), SETTINGS);
    images = random(batch, config.channels(), config.imageSize(), config.imageSize());
    targets = Targets.of(ops, arena, new int[batch], config.classes(), 0.1);
    stepArena = ops.arena("step", Long.MAX_VALUE);
  }

  /** Frees the model and its activations. */
  @TearDown
  public void closeModel() {
    stepArena.close();
    network.close();
  }

  /** One optimizer step. */
  @Benchmark
  public void train(Images done) {
    stepArena.reset();
    gradients.clear();
    Tape tape = new Tape(ops, stepArena);
    Ops recording = Ops.recording(ops, stepArena, tape);
    ForwardPass pass = ForwardPass.training(recording, new DropPath(0, step, 0));
    Logits logits = network.forward(pass, images);
    DistillationLoss.NONE.compute(ops, stepArena, tape, logits, targets, null, batch);
    tape.backward();
    step++;
    optimizer.step(step, 5e-4, 1);
    done.images += batch;
  }
}
