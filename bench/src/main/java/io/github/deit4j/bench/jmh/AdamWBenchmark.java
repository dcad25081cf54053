package io.github.deit4j.bench.jmh;

import io.github.deit4j.backend.AdamWStep;
import io.github.deit4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** An update of as many parameters as the model has, as one tensor. */
public class AdamWBenchmark extends BackendBenchmark {
  private static final AdamWStep STEP = new AdamWStep(10, 5e-4, 0.9, 0.999, 1e-8, 0.05, 1);

  private Tensor p;
  private Tensor m;
  private Tensor v;
  private Tensor g;

  @Override
  void prepare() {
    int count = Math.toIntExact(config.parameterCount());
    p = random(count);
    g = random(count);
    m = random(count);
    v = random(count);
    ops.fill(v, 0.1f);
  }

  /** Reads parameters, moments and gradients, writes parameters and moments. */
  @Benchmark
  public void update(Gigabytes moved) {
    ops.adamW(p, m, v, g, STEP);
    moved.addFloats(7.0 * p.elements());
  }
}
