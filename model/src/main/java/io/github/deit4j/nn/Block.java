package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.ResidualConnection;
import io.github.deit4j.tensor.Tensor;
import java.util.function.UnaryOperator;

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
    Tensor normalized = normalize(pass, norm1, x);
    pass.observe(name + ".norm1", normalized);
    Tensor middle = attention.forward(branch(pass, ".attn", 0, x, scale1), normalized);
    Tensor second = normalize(pass, norm2, middle);
    Tensor out = mlp.forward(branch(pass, ".mlp", 1, middle, scale2), second);
    pass.observe(name, out);
    return out;
  }

  /** Observers see float32. */
  private static Tensor normalize(ForwardPass pass, LayerNorm norm, Tensor x) {
    return pass.isObserved() ? norm.forward(pass.ops(), x) : norm.factor(pass.ops(), x);
  }

  private Branch branch(ForwardPass pass, String part, int which, Tensor x, Parameter scale) {
    int number = 2 * index + which;
    return new Branch(pass, name + part, number, x, pass.dropPath(number, dropRate, x), scale);
  }

  /**
   * Multi-head self-attention with one product for q, k and v.
   *
   * @param qkv D to 3·D: rows of q, then k, then v, head after head within each
   * @param proj D to D
   * @param heads number of heads
   */
  public record Attention(Linear qkv, Linear proj, int heads) {
    /** Returns the branch's base plus attention, [B, N, D], from [B, N, D]. */
    private Tensor forward(Branch branch, Tensor x) {
      Ops ops = branch.pass.ops();
      branch.pass.observe(branch.name + ".qkv", () -> qkv.forward(ops, x));
      Tensor attended = ops.tokens().attention(x, qkv.weight(), qkv.bias(), heads);
      return ops.linear(attended, proj.weight(), proj.bias(), branch.connection());
    }
  }

  /**
   * The feed-forward part: linear, exact GELU, linear.
   *
   * @param fc1 D to hidden
   * @param fc2 hidden to D
   */
  public record Mlp(Linear fc1, Linear fc2) {
    /** Returns the branch's base plus the feed-forward network's output, [B, N, D]. */
    private Tensor forward(Branch branch, Tensor x) {
      Ops ops = branch.pass.ops();
      UnaryOperator<Tensor> dropout = branch.hiddenDropout();
      ResidualConnection last = branch.connection();
      return ops.feedForward(x, fc1.weight(), fc1.bias(), dropout, fc2.weight(), fc2.bias(), last);
    }
  }

  /**
   * A residual branch in a forward pass: {@code base + factors[image]·scale·f(x)}, with dropout
   * behind f and within. The layer that computes f ends with {@link #connection}.
   *
   * @param name of f, for observers
   * @param number of the branch in the model, two in each block
   * @param base what it is added to, [B, N, D]
   * @param factors of stochastic depth, one per image, or null for 1
   * @param scale LayerScale's parameter, [D], or null for 1
   */
  @SuppressWarnings("ArrayRecordComponent") // drawn for one branch
  private record Branch(
      ForwardPass pass, String name, int number, Tensor base, float[] factors, Parameter scale) {

    /** Returns what is done to the hidden layer of f; null for nothing. */
    UnaryOperator<Tensor> hiddenDropout() {
      return pass.hasDropout() ? x -> pass.dropout(number / 2, 1, x) : null;
    }

    /** Returns how f's result joins the base. */
    ResidualConnection connection() {
      boolean direct = !pass.hasDropout() && !pass.isObserved();
      return new ResidualConnection(base, factors, scale, direct ? null : this::finish);
    }

    private Tensor finish(Tensor result) {
      Tensor dropped = pass.dropout(number / 2, 2 * (number % 2), result);
      pass.observe(name, dropped);
      return dropped;
    }
  }
}
