package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.TrainStep;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Optimizer steps on a batch that is already there: forward, hard distillation, backward, AdamW; no
 * teacher, no data.
 */
public class TrainingStepBenchmark extends DeiTBenchmark {
  /** Images of a batch. */
  @Param("8")
  public int batch;

  private TrainStep step;

  @Override
  void prepare() {
    step = new TrainStep(ops, config(), batch);
  }

  /** Frees the model and its activations. */
  @TearDown
  public void closeModel() {
    step.close();
  }

  /** One optimizer step. */
  @Benchmark
  public void train(Images done) {
    step.run();
    done.images += batch;
  }
}
