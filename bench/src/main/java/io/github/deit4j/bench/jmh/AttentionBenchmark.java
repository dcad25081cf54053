package io.github.deit4j.bench.jmh;

import io.github.deit4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * Attention of all heads. Counted are the matrix products: two forward; five backward, where the
 * scores are computed again.
 */
public class AttentionBenchmark extends BackendBenchmark {
  /** Images. */
  @Param({"1", "8"})
  public int batch;

  private Tensor qkv;
  private Tensor dqkv;
  private Tensor y;
  private Tensor max;
  private Tensor reciprocal;
  private double flopOfProduct;

  @Override
  void prepare() {
    int tokens = config.tokens();
    qkv = random(batch, tokens, 3 * config.width());
    dqkv = random(batch, tokens, 3 * config.width());
    y = random(batch, tokens, config.width());
    max = random(batch, config.heads(), tokens);
    reciprocal = random(batch, config.heads(), tokens);
    ops.attention(y, max, reciprocal, qkv, config.heads());
    flopOfProduct = 2.0 * batch * tokens * tokens * config.width();
  }

  /** {@code y = softmax(q·kᵀ/√d)·v}. */
  @Benchmark
  public void forward(Gigaflops done) {
    ops.attention(y, max, reciprocal, qkv, config.heads());
    done.add(2 * flopOfProduct);
  }

  /** The gradients of q, k and v. */
  @Benchmark
  public void backward(Gigaflops done) {
    ops.attentionBackward(dqkv, y, qkv, max, reciprocal, config.heads());
    done.add(5 * flopOfProduct);
  }
}
