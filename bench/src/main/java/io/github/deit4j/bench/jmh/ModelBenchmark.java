package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.cases.ModelCase;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.bench.measure.Cost;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/** A whole model on a batch that is already there, as {@code bench model} measures it. */
public class ModelBenchmark extends BackendBenchmark {
  /** A registered name. */
  @Param("deit_tiny_distilled_patch16_224")
  public String model;

  /** What is done: both, if none is named. */
  @Param public ModelCase.Mode mode;

  private Workload workload;
  private Cost cost;

  @Override
  void prepare() {
    ModelCase chosen = new ModelCase(model, mode, batch);
    workload = chosen.open(ops);
    cost = new Cost(chosen.flop(), 0);
  }

  /** Frees the model and its activations. */
  @TearDown
  public void closeModel() {
    workload.close();
  }

  /** One forward pass, or one optimizer step. */
  @Benchmark
  public void run(Counts done) {
    workload.run();
    done.add(cost, batch);
  }
}
