package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.Layer;
import io.github.deit4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The matrix products of a linear layer. The weight gradient's time includes the bias's. */
public class GemmBenchmark extends BackendBenchmark {
  /** The layer whose sizes are taken. */
  @Param public Layer layer;

  /** Images. */
  @Param({"1", "8"})
  public int batch;

  private Tensor x;
  private Tensor w;
  private Tensor preparedWeight;
  private Tensor b;
  private Tensor y;
  private double flop;

  @Override
  void prepare() {
    int in = layer.in(config);
    int out = layer.out(config);
    int rows = batch * config.tokens();
    x = random(rows, in);
    w = random(out, in);
    preparedWeight = random(out, in);
    ops.prepare(preparedWeight);
    b = random(out);
    y = random(rows, out);
    flop = 2.0 * rows * in * out;
  }

  /** {@code y = x·wᵀ + b}. */
  @Benchmark
  public void forward(Gigaflops done) {
    ops.linear(y, x, w, b);
    done.add(flop);
  }

  /** The same with a weight that the backend was told to prepare, as a loaded model's are. */
  @Benchmark
  public void preparedForward(Gigaflops done) {
    ops.linear(y, x, preparedWeight, b);
    done.add(flop);
  }

  /** {@code dx = dy·w}. */
  @Benchmark
  public void inputGradient(Gigaflops done) {
    ops.linearInputGradient(x, y, w);
    done.add(flop);
  }

  /** {@code dw += dyᵀ·x} and {@code db += Σ dy}. */
  @Benchmark
  public void weightGradient(Gigaflops done) {
    ops.linearParameterGradients(w, b, y, x);
    done.add(flop);
  }
}
