package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.Inference;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/** The forward pass of a loaded model on normalised images that are already there. */
public class InferenceBenchmark extends DeiTBenchmark {
  /** Images. */
  @Param({"1", "8"})
  public int batch;

  private Inference inference;

  @Override
  void prepare() {
    inference = new Inference(ops, config(), batch);
  }

  /** Frees the model and its activations. */
  @TearDown
  public void closeModel() {
    inference.close();
  }

  /** Logits of both heads. */
  @Benchmark
  public void forward(Images done) {
    inference.run();
    done.images += batch;
  }
}
