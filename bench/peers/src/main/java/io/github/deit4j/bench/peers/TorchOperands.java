package io.github.deit4j.bench.peers;

import io.github.deit4j.device.Backend;
import io.github.deit4j.bench.OpCall;
import io.github.deit4j.inference.ImageBatch;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.tensor.DType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The operands of an op as PyTorch's tensors, each copied once. */
final class TorchOperands {
  /** Their numbers are drawn, or no floats, or come back as a number of Java. */
  private static final Set<String> UNCHECKED = Set.of("erase", "dropout", "score", "sumOfSquares");

  private final OpCall call;
  private final List<Object> operands;
  private final Backend backend;
  private final Map<Object, Tensor> copies = new HashMap<>();

  TorchOperands(OpCall call, Backend backend) {
    this.call = call;
    this.operands = call.parts();
    this.backend = backend;
    operands.forEach(this::copyAll);
  }

  private void copyAll(Object operand) {
    switch (operand) {
      case io.github.deit4j.tensor.Tensor ours -> copies.computeIfAbsent(ours, _ -> copied(ours));
      case List<?> list -> list.forEach(this::copyAll);
      case null, default -> {}
    }
  }

  String op() {
    return call.op();
  }

  /** Tells whether the result is another each time, or no tensor. */
  boolean unchecked() {
    return UNCHECKED.contains(op());
  }

  /** Returns an operand that is a tensor, in our layout. */
  Tensor at(int index) {
    return copies.get(operands.get(index));
  }

  /** Returns what a linear layer's product goes through. */
  LinearEpilogue epilogue() {
    return (LinearEpilogue) call.operands().getLast();
  }

  boolean has(int index) {
    return operands.get(index) != null;
  }

  /** Returns an operand that is a feature map, as PyTorch sees one whose channels are last. */
  Tensor map(int index) {
    return toPyTorch(at(index));
  }

  static Tensor toPyTorch(Tensor map) {
    return map.permute(0, 3, 1, 2);
  }

  static Tensor toOurs(Tensor map) {
    return map.permute(0, 2, 3, 1);
  }

  TensorOptional optional(int index) {
    return new TensorOptional(at(index));
  }

  /** Returns an operand that is a list of tensors. */
  List<Tensor> list(int index) {
    return ((List<?>) operands.get(index)).stream().map(copies::get).toList();
  }

  /** Returns an operand that is an array, in the given shape. */
  Tensor array(int index, long... shape) {
    return Tensor.create((float[]) operands.get(index), shape);
  }

  int integer(int index) {
    return (Integer) operands.get(index);
  }

  double number(int index) {
    return ((Number) operands.get(index)).doubleValue();
  }

  Scalar scalar(int index) {
    return new Scalar(number(index));
  }

  /** Returns an operand of any other type. */
  <T> T other(int index, Class<T> type) {
    return type.cast(operands.get(index));
  }

  private Tensor copied(io.github.deit4j.tensor.Tensor ours) {
    long[] shape = Arrays.stream(ours.shape().sizes()).asLongStream().toArray();
    return ours.dtype() == DType.F32
        ? Tensor.create(backend.toArray(ours), shape)
        : Tensor.create(new float[Math.toIntExact(ours.elements())], shape).to(type(ours.dtype()));
  }

  private static ScalarType type(DType dtype) {
    return dtype == DType.U8 ? ScalarType.Byte : ScalarType.Double;
  }

  /** Returns the gradient of one tensor, of a forward pass that is kept. */
  static Tensor gradient(Tensor y, Tensor dy, Tensor x) {
    TensorVector gradients =
        torch.grad(
            new TensorVector(y),
            new TensorVector(x),
            new TensorVector(dy),
            new BoolOptional(true),
            false,
            false);
    return gradients.get(0);
  }
}
