package io.github.deit4j.bench.peers;

import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.LinearEpilogue;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.Reduction;

/** What {@code Backend}'s ops are in PyTorch. Operands by number, in the order of its methods. */
final class TorchLayers {
  private static final long NO_LABEL = -100;

  private TorchLayers() {}

  /** Returns what computes the op's main result; null if it is not one of these. */
  static Supplier<Tensor> of(TorchOperands o) {
    return switch (o.op()) {
      case "linear" -> linear(o);
      case "feedForward" -> () -> feedForward(o);
      case "linearInputGradient" -> inputGradient(o);
      case "linearParameterGradients" -> () -> parameterGradients(o);
      case "gelu" -> () -> torch.gelu(o.at(1));
      case "geluBackward" -> () -> torch.gelu_backward(o.at(1), o.at(2));
      case "layerNorm" ->
          () ->
              torch.layer_norm(
                  o.at(3), lastSize(o.at(3)), o.optional(4), o.optional(5), o.number(6), false);
      case "layerNormBackward" ->
          () -> normGradients(o, 2, true).get0().reshape(o.at(3).shape()).add(o.at(1));
      case "layerNormParameterGradients" -> () -> normParameterGradients(o);
      case "attention" -> attention(o);
      case "attentionBackward" -> attentionBackward(o);
      case "attentionProbabilities" -> () -> probabilities(o.at(1), o.integer(2));
      case "add" -> () -> o.at(1).add(o.at(2));
      case "addBranch" -> () -> o.at(1).add(scaled(o, o.at(4), 2));
      case "addBranchBackward" -> () -> scaled(o, o.at(1), 3);
      case "layerScaleGradient" -> () -> layerScaleGradient(o);
      case "dropout" -> () -> torch.dropout(o.at(1), o.number(2), true);
      case "copy" -> () -> o.at(0).copy_(o.at(1));
      case "selectToken" -> () -> o.at(1).select(1, o.integer(2)).contiguous();
      case "selectTokenBackward" -> () -> selectBackward(o);
      case "crossEntropy" -> crossEntropy(o);
      case "divergence" -> divergence(o);
      case "hardLabels" -> () -> hardLabels(o);
      case "score" -> () -> score(o, o.other(4, int[].class));
      case "fill" -> () -> o.at(0).fill_(o.scalar(1));
      case "sumOfSquares" -> () -> torch.linalg_vector_norm(o.list(0).getFirst());
      case "adamW" -> () -> adamW(o);
      case "sgd" -> () -> sgd(o);
      case "ema" -> () -> o.at(0).lerp_(o.at(1), new Scalar(1 - o.number(2)));
      default -> null;
    };
  }

  private static long[] lastSize(Tensor x) {
    return new long[] {x.size(-1)};
  }

  private static Tensor rows(Tensor x) {
    return x.reshape(-1, x.size(-1));
  }

  private static Tensor parameterGradients(TorchOperands o) {
    Tensor dy = rows(o.at(2));
    o.at(1).add_(dy.sum(0));
    return o.at(0).add_(dy.t().mm(rows(o.at(3))));
  }

  /** Of dy, x, and from {@code first + 2} on, or {@code first + 3} with w, mean and rstd. */
  private static T_TensorTensorTensor_T normGradients(TorchOperands o, int first, boolean input) {
    Tensor x = rows(o.at(first + 1));
    int statistics = first + (input ? 3 : 2);
    Tensor weight = input ? o.at(first + 2) : o.at(0);
    try (BoolPointer wanted = new BoolPointer(3)) {
      wanted.put(0, input).put(1, !input).put(2, !input);
      return torch.native_layer_norm_backward(
          rows(o.at(first)),
          x,
          lastSize(x),
          o.at(statistics).unsqueeze(1),
          o.at(statistics + 1).unsqueeze(1),
          new TensorOptional(weight),
          new TensorOptional(weight),
          wanted);
    }
  }

  private static Tensor normParameterGradients(TorchOperands o) {
    T_TensorTensorTensor_T gradients = normGradients(o, 2, false);
    o.at(1).add_(gradients.get2());
    return o.at(0).add_(gradients.get1());
  }

  /** [3, B, heads, N, d] from [B, N, 3·D]. */
  private static Tensor perHead(Tensor qkv, int heads) {
    long width = qkv.size(2) / 3;
    return qkv.reshape(qkv.size(0), qkv.size(1), 3, heads, width / heads).permute(2, 0, 3, 1, 4);
  }

  private static Tensor attention(Tensor qkv, int heads) {
    Tensor split = perHead(qkv, heads);
    Tensor y =
        torch.scaled_dot_product_attention(
            split.select(0, 0), split.select(0, 1), split.select(0, 2));
    return y.transpose(1, 2).reshape(qkv.size(0), qkv.size(1), qkv.size(2) / 3);
  }

  private static Supplier<Tensor> attention(TorchOperands o) {
    int heads = o.integer(4);
    return o.has(5)
        ? () -> attention(torch.linear(o.at(5), o.at(6), o.optional(7)), heads)
        : () -> attention(o.at(3), heads);
  }

  private static Supplier<Tensor> attentionBackward(TorchOperands o) {
    Tensor qkv = o.at(2).set_requires_grad(true);
    Tensor y = attention(qkv, o.integer(5));
    return () -> TorchOperands.gradient(y, o.at(1), qkv);
  }

  private static Tensor probabilities(Tensor qkv, int heads) {
    Tensor split = perHead(qkv, heads);
    Scalar scale = new Scalar(1 / Math.sqrt(qkv.size(2) / 3.0 / heads));
    Tensor scores = split.select(0, 0).mul(scale).matmul(split.select(0, 1).transpose(2, 3));
    return torch.softmax(scores, -1);
  }

  private static Supplier<Tensor> linear(TorchOperands o) {
    return switch (o.epilogue()) {
      case LinearEpilogue.None none -> () -> product(o);
      case LinearEpilogue.Gelu gelu -> () -> torch.gelu(product(o));
      case LinearEpilogue.Add add -> () -> o.at(4).add(product(o));
    };
  }

  private static Tensor product(TorchOperands o) {
    return torch.linear(o.at(1), o.at(2), o.optional(3));
  }

  private static Supplier<Tensor> inputGradient(TorchOperands o) {
    return o.has(3)
        ? () -> torch.gelu_backward(o.at(1).matmul(o.at(2)), o.at(3))
        : () -> o.at(1).matmul(o.at(2));
  }

  /** A branch times the factors of images and, behind them, the scale of channels, if any. */
  private static Tensor scaled(TorchOperands o, Tensor x, int factors) {
    Tensor scaled = x.mul(o.array(factors, x.size(0), 1, 1));
    return o.has(factors + 1) ? scaled.mul(o.at(factors + 1)) : scaled;
  }

  private static Tensor layerScaleGradient(TorchOperands o) {
    Tensor products = o.at(1).mul(o.array(3, o.at(1).size(0), 1, 1)).mul(o.at(2));
    return o.at(0).add_(products.sum(0, 1));
  }

  private static Tensor selectBackward(TorchOperands o) {
    o.at(0).select(1, o.integer(2)).copy_(o.at(1));
    return o.at(0);
  }

  /** Loss and gradient, as our op has them: a forward and a backward pass each time. */
  private static Supplier<Tensor> crossEntropy(TorchOperands o) {
    Tensor x = o.at(2).set_requires_grad(true);
    Tensor factor = Tensor.create((float) o.number(4)).reshape();
    return () -> {
      Tensor loss =
          torch.cross_entropy_loss(
              x, o.at(3), new TensorOptional(), Reduction.Sum.value, NO_LABEL, 0);
      return TorchOperands.gradient(loss, factor, x);
    };
  }

  private static Supplier<Tensor> divergence(TorchOperands o) {
    Tensor student = o.at(2).set_requires_grad(true);
    Tensor factor = Tensor.create((float) o.number(5)).reshape();
    Scalar temperature = o.scalar(4);
    return () -> {
      Tensor p = torch.log_softmax(student.div(temperature), 1);
      Tensor q = torch.log_softmax(o.at(3).div(temperature), 1);
      Tensor loss = torch.kl_div(p, q, Reduction.Sum.value, true);
      return TorchOperands.gradient(loss, factor, student);
    };
  }

  private static Tensor feedForward(TorchOperands o) {
    Tensor hidden = torch.gelu(torch.linear(o.at(2), o.at(3), o.optional(4)));
    return o.at(7).add(torch.linear(hidden, o.at(5), o.optional(6)));
  }

  private static Tensor hardLabels(TorchOperands o) {
    Tensor largest = torch.argmax(o.at(1), new LongOptional(1), true);
    return o.at(0).zero_().scatter_(1, largest, new Scalar(1));
  }

  /** The sum of two heads' probabilities; as many classes in front as are more probable. */
  private static Tensor score(TorchOperands o, int[] labels) {
    Tensor p = torch.softmax(o.at(2), -1).add(torch.softmax(o.at(3), -1));
    long[] columns = Arrays.stream(labels).asLongStream().toArray();
    Tensor chosen = p.gather(1, Tensor.create(columns, columns.length, 1));
    o.at(1).copy_(chosen.mul(new Scalar(0.5)).log_().neg_().squeeze(1));
    return p.gt(chosen).sum(1);
  }

  private static Tensor adamW(TorchOperands o) {
    Tensor p = adamW(o, o.at(3), o.other(4, AdamWStep.class));
    if (o.has(5)) {
      o.at(5).lerp_(p, new Scalar(1 - o.number(6)));
    }
    return p;
  }

  private static Tensor adamW(TorchOperands o, Tensor g, AdamWStep step) {
    Tensor p = o.at(0).mul_(new Scalar(step.decay()));
    Tensor m = o.at(1).lerp_(g, new Scalar(1 - step.beta1()));
    Tensor v = o.at(2).mul_(new Scalar(step.beta2()));
    v.addcmul_(g, g, new Scalar(1 - step.beta2()));
    Tensor root = v.sqrt().mul(new Scalar(step.rootScale())).add_(new Scalar(step.epsilon()));
    return p.addcdiv_(m, root, new Scalar(-step.stepSize()));
  }

  private static Tensor sgd(TorchOperands o) {
    Tensor step = o.at(2).add(o.at(0), o.scalar(4));
    Tensor momentum = o.at(1).mul_(o.scalar(5)).add_(step);
    return o.at(0).add_(momentum, new Scalar(-o.number(6)));
  }

  /** Prefix tokens in front of others. */
  static Tensor joined(List<Tensor> prefix, Tensor patches, long batch) {
    TensorVector all = new TensorVector();
    long width = patches.size(-1);
    prefix.forEach(token -> all.push_back(token.reshape(1, 1, width).expand(batch, 1, width)));
    all.push_back(patches.reshape(batch, -1, width));
    return torch.cat(all, 1);
  }
}
