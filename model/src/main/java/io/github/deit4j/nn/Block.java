package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.tensor.Tensor;

/**
 * A transformer block with normalisation in front of each branch: {@code x += attention(norm1(x));
 * x += mlp(norm2(x))}, both branches under stochastic depth.
 *
 * @param name prefix of its parameters, such as {@code blocks.0}
 * @param index position in the model, from 0
 * @param scale1 what the first branch is multiplied by, channel by channel (LayerScale), [D]; null
 *     for 1
 * @param scale2 the same of the second
 * @param dropRate probability that an image skips a branch in training
 */
public record Block(
    String name,
    int index,
    LayerNorm norm1,
    Attention attention,
    Parameter scale1,
    LayerNorm norm2,
    Mlp mlp,
    Parameter scale2,
    double dropRate) {

  /** Returns [B, N, D] from [B, N, D]. */
  public Tensor forward(ForwardPass pass, Tensor x) {
    Ops ops = pass.ops();
    Tensor normalized = norm1.forward(ops, x);
    pass.observe(name + ".norm1", normalized);
    Tensor middle = attention.forward(branch(pass, ".attn", 0, x, scale1), normalized);
    Tensor out = mlp.forward(branch(pass, ".mlp", 1, middle, scale2), norm2.forward(ops, middle));
    pass.observe(name, out);
    return out;
  }

  private Branch branch(ForwardPass pass, String part, int which, Tensor x, Parameter scale) {
    int number = 2 * index + which;
    return new Branch(pass, name + part, number, x, pass.dropPath(number, dropRate, x), scale);
  }
}
