package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.tensor.Tensor;

/**
 * A transformer block with normalisation in front of each branch: {@code x += attention(norm1(x));
 * x += mlp(norm2(x))}, both branches under stochastic depth.
 *
 * @param name prefix of its parameters, such as {@code blocks.0}
 * @param index position in the model, from 0
 * @param dropRate probability that an image skips a branch in training
 */
public record Block(
    String name,
    int index,
    LayerNorm norm1,
    Attention attention,
    LayerNorm norm2,
    Mlp mlp,
    double dropRate) {

  /** Returns [B, N, D] from [B, N, D]. */
  public Tensor forward(ForwardPass pass, Tensor x) {
    Ops ops = pass.ops();
    Tensor normalized = norm1.forward(ops, x);
    pass.observe(name + ".norm1", normalized);
    float[] kept = pass.dropPath(2 * index, dropRate, x);
    Tensor middle = attention.addTo(pass, name + ".attn", index, x, normalized, kept);
    kept = pass.dropPath(2 * index + 1, dropRate, x);
    Tensor out = mlp.addTo(pass, name + ".mlp", index, middle, norm2.forward(ops, middle), kept);
    pass.observe(name, out);
    return out;
  }
}
