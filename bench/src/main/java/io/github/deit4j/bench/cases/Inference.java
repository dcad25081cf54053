package io.github.deit4j.bench.cases;

import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.nn.BatchInference;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.Arrays;

/**
 * The forward pass of a loaded model on normalised images in the host's memory, to every head's
 * logits there: for a device the copies to and from it are part of the run.
 */
public final class Inference implements Workload {
  private final Backend backend;
  private final TensorArena batchArena;
  private final TensorArena stepArena;
  private final BatchInference inference;
  private final Model model;
  private final Tensor images;
  private final Runnable feed;
  private LogitRows logits;

  /**
   * Creates model and images.
   *
   * @param backend stays the caller's to close
   */
  public Inference(Backend backend, ModelConfig config, int batch) {
    this.backend = backend;
    this.batchArena = backend.arena("images", Long.MAX_VALUE);
    this.stepArena = backend.arena("step", Long.MAX_VALUE);
    this.inference = new BatchInference(backend);
    this.model = BenchmarkModels.create(backend, config, false);
    model.prepare(backend);
    int size = config.imageSize();
    this.images = batchArena.allocate(batch, config.channels(), size, size);
    this.feed = BenchmarkData.feed(backend, images);
  }

  @Override
  public void run() {
    stepArena.reset();
    feed.run();
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
    model.close();
    inference.close();
    stepArena.close();
    batchArena.close();
  }
}
