package io.github.deit4j.bench.jmh;

import io.github.deit4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Layer normalisation of all tokens. Row statistics and parameters are not counted as traffic. */
public class LayerNormBenchmark extends BackendBenchmark {
  private static final float EPSILON = 1e-6f;

  /** Images. */
  @Param({"1", "8"})
  public int batch;

  private Tensor x;
  private Tensor y;
  private Tensor dx;
  private Tensor base;
  private Tensor w;
  private Tensor b;
  private Tensor mean;
  private Tensor rstd;

  @Override
  void prepare() {
    int rows = batch * config.tokens();
    x = random(rows, config.width());
    y = random(rows, config.width());
    dx = random(rows, config.width());
    base = random(rows, config.width());
    w = random(config.width());
    b = random(config.width());
    mean = random(rows);
    rstd = random(rows);
  }

  /** Reads x, writes y. */
  @Benchmark
  public void forward(Gigabytes moved) {
    ops.layerNorm(y, mean, rstd, x, w, b, EPSILON);
    moved.addFloats(2.0 * x.elements());
  }

  /** Reads the gradient so far, dy and x, writes dx. */
  @Benchmark
  public void backward(Gigabytes moved) {
    ops.layerNormBackward(dx, base, y, x, w, mean, rstd);
    moved.addFloats(4.0 * x.elements());
  }

  /** Reads dy and x. */
  @Benchmark
  public void parameterGradients(Gigabytes moved) {
    ops.layerNormParameterGradients(w, b, y, x, mean, rstd);
    moved.addFloats(2.0 * x.elements());
  }
}
