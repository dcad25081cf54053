package io.github.deit4j.bench;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.backend.Backend;
import io.github.deit4j.deit.DeiT;
import io.github.deit4j.deit.DeiTConfig;
import io.github.deit4j.deit.DeiTInit;
import io.github.deit4j.deit.ImageBatch;
import io.github.deit4j.deit.Logits;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;

/** The forward pass of a loaded model on normalised images, to the logits of every head. */
public final class Inference implements Workload {
  private final Backend backend;
  private final TensorArena batchArena;
  private final TensorArena stepArena;
  private final TensorArena blockArena;
  private final DeiT model;
  private final Tensor images;
  private Logits logits;

  /**
   * Creates model and images.
   *
   * @param backend stays the caller's to close
   */
  public Inference(Backend backend, DeiTConfig config, int batch) {
    this.backend = backend;
    this.batchArena = backend.arena("images", Long.MAX_VALUE);
    this.stepArena = backend.arena("step", Long.MAX_VALUE);
    this.blockArena = backend.arena("block", Long.MAX_VALUE);
    this.model = new DeiT(backend, config, false, 0);
    DeiTInit.initialize(model, backend, BenchmarkData.SEED);
    model.prepare(backend);
    this.images = BenchmarkData.images(backend, batchArena, config, batch);
  }

  @Override
  public void run() {
    stepArena.reset();
    ForwardPass pass =
        ForwardPass.evaluation(Ops.inference(backend, stepArena)).checkpointing(blockArena);
    logits = model.forward(pass, images);
  }

  /** Returns the first image's logits of the class head. */
  @Override
  public float[] check() {
    run();
    return ImageBatch.toArray(backend, logits.classLogits().slice(0, 1));
  }

  @Override
  public void close() {
    model.close();
    blockArena.close();
    stepArena.close();
    batchArena.close();
  }
}
