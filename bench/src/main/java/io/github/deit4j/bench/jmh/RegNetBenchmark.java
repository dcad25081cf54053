package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.ModelCase;
import io.github.deit4j.bench.Workload;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/** A RegNetY on a batch that is already there, as {@code bench model} measures it. */
public class RegNetBenchmark extends BackendBenchmark {
  /** The model; the last one is that of the recipe, for small images. */
  @Param({"regnety_002", "fashion-mnist-convnet"})
  public String model;

  /** What is done. */
  @Param({"INFERENCE", "TRAIN_STEP"})
  public ModelCase.Mode mode;

  /** Images of a batch. */
  @Param("16")
  public int batch;

  private Workload workload;

  @Override
  void prepare() {
    workload = new ModelCase(model, mode, batch).open(ops);
  }

  /** Frees the model and its activations. */
  @TearDown
  public void closeModel() {
    workload.close();
  }

  /** One forward pass, or one optimizer step. */
  @Benchmark
  public void run(Images done) {
    workload.run();
    done.images += batch;
  }
}
