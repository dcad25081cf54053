package io.github.deit4j.bench.peers;

import io.github.deit4j.bench.cases.OpCase;
import io.github.deit4j.bench.cases.Reference;
import io.github.deit4j.bench.cases.ReferenceLibrary;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.ImageBatch;
import io.github.deit4j.op.AdamWStep;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** References in PyTorch's eager mode, as the reference's Python would call its functions. */
public final class TorchReferences implements ReferenceLibrary {
  private static final long[] NO_DILATION = {1, 1};
  private static final long[] NO_OUTPUT_PADDING = {0, 0};

  /** For the service loader. */
  public TorchReferences() {}

  @Override
  public String name() {
    return "pytorch";
  }

  @Override
  public Workload open(OpCase op, Backend backend, int threads) {
    torch.set_num_threads(threads);
    Reference reference = op.reference();
    Evaluation evaluation = new Evaluation(backend);
    evaluation.prepare(reference);
    return new Workload() {
      @Override
      public void run() {
        try (PointerScope _ = new PointerScope()) {
          Tensor _ = evaluation.of(reference);
        }
      }

      @Override
      public float[] check() {
        try (PointerScope _ = new PointerScope()) {
          Tensor result = evaluation.of(reference).contiguous();
          float[] numbers = new float[Math.toIntExact(result.numel())];
          FloatBuffer buffer = result.createBuffer();
          buffer.get(numbers);
          return numbers;
        }
      }

      @Override
      public void close() {}
    };
  }

  /** Computes references again and again on tensors that are copied once. */
  private static final class Evaluation {
    private final Backend backend;
    private final Map<Object, Tensor> copies = new HashMap<>();

    /** Outputs whose gradients are asked for, by the reference that asks. */
    private final Map<Reference, Tensor> forwards = new HashMap<>();

    Evaluation(Backend backend) {
      this.backend = backend;
    }

    /** Copies all tensors, and computes what is not part of the time. */
    void prepare(Object operand) {
      switch (operand) {
        case Reference reference -> {
          reference.operands().forEach(this::prepare);
          prepareForward(reference);
        }
        case io.github.deit4j.tensor.Tensor ours -> copies.computeIfAbsent(ours, _ -> copied(ours));
        case null, default -> {}
      }
    }

    private void prepareForward(Reference r) {
      switch (r.function()) {
        case "attention_backward" -> forwards.put(r, attention(leaf(r, 1), number(r, 2)));
        case "batch_norm_backward" -> forwards.put(r, batchNorm(r, toPyTorch(leaf(r, 1)), 2, true));
        default -> {}
      }
    }

    private Tensor copied(io.github.deit4j.tensor.Tensor ours) {
      long[] shape = Arrays.stream(ours.shape().sizes()).asLongStream().toArray();
      return Tensor.create(ImageBatch.toArray(backend, ours), shape);
    }

    private Tensor leaf(Reference r, int index) {
      return at(r, index).set_requires_grad(true);
    }

    private Tensor at(Reference r, int index) {
      return r.at(index) instanceof Reference inner ? of(inner) : copies.get(r.at(index));
    }

    private static int number(Reference r, int index) {
      return (int) r.number(index);
    }

    private TensorOptional optional(Reference r, int index) {
      return new TensorOptional(at(r, index));
    }

    /** Returns a reference's value; of one that updates tensors the first of these. */
    Tensor of(Reference r) {
      return switch (r.function()) {
        case "linear" -> torch.linear(at(r, 0), at(r, 1), optional(r, 2));
        case "linear_gradients" -> linearGradients(r);
        case "matmul" -> at(r, 0).matmul(at(r, 1));
        case "add" -> at(r, 0).add(at(r, 1));
        case "gelu" -> torch.gelu(at(r, 0));
        case "gelu_backward" -> torch.gelu_backward(at(r, 0), at(r, 1));
        case "layer_norm" ->
            torch.layer_norm(
                at(r, 0), lastSize(at(r, 0)), optional(r, 1), optional(r, 2), r.number(3), false);
        case "layer_norm_backward" -> normGradient(r);
        case "attention" -> attention(at(r, 0), number(r, 1));
        case "attention_backward" -> gradient(forwards.get(r), at(r, 0), at(r, 1));
        case "adamw" -> adamW(r, (AdamWStep) r.at(4));
        case "conv2d" -> convolution(r);
        case "conv2d_input_gradient" ->
            toOurs(convolutionGradients(r, 0, at(r, 2), 3, true).get0());
        case "conv2d_weight_gradient" ->
            at(r, 0).add_(convolutionGradients(r, 1, at(r, 0), 3, false).get1());
        case "batch_norm" -> toOurs(batchNorm(r, toPyTorch(at(r, 0)), 1, false));
        case "batch_norm_backward" -> gradient(forwards.get(r), toPyTorch(at(r, 0)), at(r, 1));
        default -> throw new IllegalArgumentException("pytorch has no function " + r.function());
      };
    }

    private static long[] lastSize(Tensor x) {
      return new long[] {x.size(-1)};
    }

    private static Tensor rows(Tensor x) {
      return x.reshape(-1, x.size(-1));
    }

    private static Tensor toPyTorch(Tensor featureMap) {
      return featureMap.permute(0, 3, 1, 2);
    }

    private static Tensor toOurs(Tensor featureMap) {
      return featureMap.permute(0, 2, 3, 1);
    }

    /** Returns the gradient of one tensor, of a forward pass that is kept. */
    private static Tensor gradient(Tensor y, Tensor dy, Tensor x) {
      return torch
          .grad(
              new TensorVector(y),
              new TensorVector(x),
              new TensorVector(dy),
              new BoolOptional(true),
              false,
              false)
          .get(0);
    }

    private Tensor linearGradients(Reference r) {
      Tensor dy = rows(at(r, 2));
      at(r, 1).add_(dy.sum(0));
      return at(r, 0).add_(dy.t().mm(rows(at(r, 3))));
    }

    private Tensor normGradient(Reference r) {
      Tensor x = at(r, 1);
      try (BoolPointer wanted = new BoolPointer(3)) {
        wanted.put(0, true).put(1, false).put(2, false);
        return torch
            .native_layer_norm_backward(
                rows(at(r, 0)),
                rows(x),
                lastSize(x),
                at(r, 3).unsqueeze(1),
                at(r, 4).unsqueeze(1),
                optional(r, 2),
                optional(r, 2),
                wanted)
            .get0()
            .reshape(x.shape());
      }
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

    private Tensor adamW(Reference r, AdamWStep step) {
      Tensor g = at(r, 3);
      Tensor p = at(r, 0).mul_(new Scalar(step.decay()));
      Tensor m = at(r, 1).lerp_(g, new Scalar(1 - step.beta1()));
      Tensor v = at(r, 2).mul_(new Scalar(step.beta2()));
      v.addcmul_(g, g, new Scalar(1 - step.beta2()));
      Tensor root = v.sqrt().mul(new Scalar(step.rootScale())).add_(new Scalar(step.epsilon()));
      return p.addcdiv_(m, root, new Scalar(-step.stepSize()));
    }

    private static long[] padding(Tensor w) {
      return new long[] {(w.size(2) - 1) / 2, (w.size(3) - 1) / 2};
    }

    private Tensor convolution(Reference r) {
      Tensor w = at(r, 1);
      long[] stride = {number(r, 2), number(r, 2)};
      return toOurs(
          torch.conv2d(
              toPyTorch(at(r, 0)),
              w,
              new TensorOptional(),
              stride,
              padding(w),
              NO_DILATION,
              number(r, 3)));
    }

    /** Of dy and x from an operand on, and stride and groups from another. */
    private T_TensorTensorTensor_T convolutionGradients(
        Reference r, int dy, Tensor w, int stride, boolean input) {
      try (BoolPointer wanted = new BoolPointer(3)) {
        wanted.put(0, input).put(1, !input).put(2, false);
        return torch.convolution_backward(
            toPyTorch(at(r, dy)),
            toPyTorch(at(r, dy + 1)),
            w,
            new LongArrayRefOptional(),
            new long[] {number(r, stride), number(r, stride)},
            padding(w),
            NO_DILATION,
            false,
            NO_OUTPUT_PADDING,
            number(r, stride + 1),
            wanted);
      }
    }

    /** Behind x: the residual, in evaluation mean and variance, then w, b, epsilon. */
    private Tensor batchNorm(Reference r, Tensor x, int residual, boolean training) {
      int weight = residual + (training ? 1 : 3);
      Tensor normalized =
          torch.batch_norm(
              x,
              optional(r, weight),
              optional(r, weight + 1),
              training ? new TensorOptional() : optional(r, residual + 1),
              training ? new TensorOptional() : optional(r, residual + 2),
              training,
              0,
              r.number(weight + 2),
              false);
      return torch.relu(normalized.add(toPyTorch(at(r, residual))));
    }
  }
}
