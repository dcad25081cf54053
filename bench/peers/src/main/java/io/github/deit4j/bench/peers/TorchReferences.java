package io.github.deit4j.bench.peers;

import io.github.deit4j.bench.cases.OpCase;
import io.github.deit4j.bench.cases.ReferenceLibrary;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** References in PyTorch's eager mode, as the reference's Python would call its functions. */
public final class TorchReferences implements ReferenceLibrary {

  @Override
  public String name() {
    return "pytorch";
  }

  @Override
  public Workload open(OpCase op, Backend backend, int threads) {
    torch.set_num_threads(threads);
    Evaluation evaluation = new Evaluation(op.reference(), backend);
    evaluation.prepare(op.reference());
    return evaluation;
  }

  /**
   * Computes a reference again and again.
   *
   * @param copies of its tensors
   * @param forwards outputs whose gradients are asked for, by the reference that asks
   */
  private record Evaluation(
      Reference reference,
      Backend backend,
      Map<Object, Tensor> copies,
      Map<Reference, Tensor> forwards)
      implements Workload {
    Evaluation(Reference reference, Backend backend) {
      this(reference, backend, new HashMap<>(), new HashMap<>());
    }

    @Override
    public void run() {
      try (PointerScope _ = new PointerScope()) {
        Tensor _ = of(reference);
      }
    }

    @Override
    public float[] check() {
      try (PointerScope _ = new PointerScope()) {
        Tensor result = of(reference).contiguous();
        float[] numbers = new float[Math.toIntExact(result.numel())];
        FloatBuffer buffer = result.createBuffer();
        buffer.get(numbers);
        return numbers;
      }
    }

    @Override
    public void close() {}

    /** Copies all tensors, and computes what is not part of the time. */
    void prepare(Object operand) {
      switch (operand) {
        case Reference r -> {
          r.operands().forEach(this::prepare);
          if (r.function().equals("gradient")) {
            at(r, 2).set_requires_grad(true);
            forwards.put(r, at(r, 1));
          }
        }
        case io.github.deit4j.tensor.Tensor ours ->
            copies.computeIfAbsent(
                ours,
                _ ->
                    Tensor.create(
                        backend.toArray(ours),
                        Arrays.stream(ours.shape().sizes()).asLongStream().toArray()));
        case null, default -> {}
      }
    }

    private Tensor at(Reference r, int index) {
      return r.at(index) instanceof Reference inner ? of(inner) : copies.get(r.at(index));
    }

    private TensorOptional optional(Reference r, int index) {
      return new TensorOptional(at(r, index));
    }

    private Tensor of(Reference r) {
      return switch (r.function()) {
        case "linear" -> torch.linear(at(r, 0), at(r, 1), optional(r, 2));
        case "linear_gradients" -> linearGradients(r);
        case "matmul" -> at(r, 0).matmul(at(r, 1));
        case "add" -> at(r, 0).add(at(r, 1));
        case "gelu" -> torch.gelu(at(r, 0));
        case "gelu_backward" -> torch.gelu_backward(at(r, 0), at(r, 1));
        case "layer_norm" -> {
          long[] size = {at(r, 0).size(-1)};
          yield torch.layer_norm(
              at(r, 0), size, optional(r, 1), optional(r, 2), r.number(3), false);
        }
        case "attention" -> TorchModel.attention(at(r, 0), (int) r.number(1));
        case "gradient" -> gradient(forwards.get(r), at(r, 0), at(r, 2));
        case "adamw" -> adamW(r, (AdamWStep) r.at(4));
        default -> throw new IllegalArgumentException("pytorch has no function " + r.function());
      };
    }

    private Tensor linearGradients(Reference r) {
      Tensor dy = at(r, 2).flatten(0, 1);
      at(r, 1).add_(dy.sum(0));
      return at(r, 0).add_(dy.t().mm(at(r, 3).flatten(0, 1)));
    }

    /** Of a forward pass that is kept. */
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

    private Tensor adamW(Reference r, AdamWStep step) {
      Tensor g = at(r, 3);
      Tensor p = at(r, 0).mul_(new Scalar(step.decay()));
      Tensor m = at(r, 1).lerp_(g, new Scalar(1 - step.beta1()));
      Tensor v = at(r, 2).mul_(new Scalar(step.beta2()));
      v.addcmul_(g, g, new Scalar(1 - step.beta2()));
      Tensor root = v.sqrt().mul(new Scalar(step.rootScale())).add_(new Scalar(step.epsilon()));
      return p.addcdiv_(m, root, new Scalar(-step.stepSize()));
    }
  }
}
