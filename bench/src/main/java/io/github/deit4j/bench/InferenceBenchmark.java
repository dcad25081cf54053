package io.github.deit4j.bench;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.deit.DeiT;
import io.github.deit4j.deit.DeiTInit;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/** The forward pass of a loaded model on normalised images that are already there. */
public class InferenceBenchmark extends BackendBenchmark {
  /** Images. */
  @Param({"1", "8"})
  public int batch;

  private DeiT network;
  private TensorArena stepArena;
  private Tensor images;

  @Override
  void prepare() {
    network = new DeiT(ops, config, false, 0);
    DeiTInit.initialize(network, ops, 0);
    network.prepare(ops);
    stepArena = ops.arena("step", Long.MAX_VALUE);
    images = random(batch, config.channels(), config.imageSize(), config.imageSize());
  }

  /** Frees the model and its activations. */
  @TearDown
  public void closeModel() {
    stepArena.close();
    network.close();
  }

  /** Logits of both heads. */
  @Benchmark
  public void forward(Images done) {
    stepArena.reset();
    network.forward(ForwardPass.evaluation(Ops.inference(ops, stepArena)), images);
    done.images += batch;
  }
}
