package io.github.deit4j.bench.jmh;

import io.github.deit4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The activation of the feed-forward part, on its hidden layer. */
public class GeluBenchmark extends BackendBenchmark {
  /** Images. */
  @Param({"1", "8"})
  public int batch;

  private Tensor x;
  private Tensor y;
  private Tensor dx;

  @Override
  void prepare() {
    int rows = batch * config.tokens();
    x = random(rows, config.mlpWidth());
    y = random(rows, config.mlpWidth());
    dx = random(rows, config.mlpWidth());
  }

  /** Reads x, writes y. */
  @Benchmark
  public void forward(Gigabytes moved) {
    ops.gelu(y, x);
    moved.addFloats(2.0 * x.elements());
  }

  /** Reads dy and x, writes dx. */
  @Benchmark
  public void backward(Gigabytes moved) {
    ops.geluBackward(dx, y, x);
    moved.addFloats(3.0 * x.elements());
  }
}
