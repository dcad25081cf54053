package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.op.AttentionOps.Projection;
import io.github.deit4j.op.OptimizerOps.Average;
import io.github.deit4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a call of a backend's op costs at least, from its operands. Bytes: every tensor once, and
 * twice if it is updated. Operations: those of matrix products.
 */
final class OpCost {
  /** Ops that read the tensors that they write, by the number of those, which come first. */
  private static int updated(String op) {
    return switch (op) {
      case "ema", "mix", "convolutionWeightGradient", "layerScaleGradient" -> 1;
      case "linearParameterGradients", "layerNormParameterGradients", "sgd", "updateStatistics" ->
          2;
      case "adamW" -> 3;
      default -> 0;
    };
  }

  /** They touch parts of their operands, or no memory is moved. */
  private static final Set<String> UNKNOWN_TRAFFIC =
      Set.of("prepare", "selectToken", "selectTokenBackward", "erase");

  private OpCost() {}

  static Cost of(String op, Object... operands) {
    return new Cost(flop(op, operands), UNKNOWN_TRAFFIC.contains(op) ? 0 : bytes(op, operands));
  }

  private static double bytes(String op, Object[] operands) {
    List<Tensor> tensors =
        new OpCall(op, operands).parts().stream().flatMap(OpCost::tensors).distinct().toList();
    double once = tensors.stream().mapToDouble(OpCost::bytes).sum();
    double again = tensors.stream().limit(updated(op)).mapToDouble(OpCost::bytes).sum();
    return once + again + Arrays.stream(operands).mapToDouble(OpCost::average).sum();
  }

  /** Beside the tensors that come first, an average is read and written. */
  private static double average(Object operand) {
    return operand instanceof Average following ? bytes(following.average()) : 0;
  }

  private static Stream<Tensor> tensors(Object operand) {
    return switch (operand) {
      case Tensor tensor -> Stream.of(tensor);
      case List<?> list -> list.stream().flatMap(OpCost::tensors);
      case null, default -> Stream.empty();
    };
  }

  private static double bytes(Tensor tensor) {
    return (double) tensor.elements() * tensor.dtype().bytes();
  }

  private static double flop(String op, Object[] operands) {
    return switch (op) {
      // 2·rows·in·out: the elements of y or dy, by w's second size
      case "linear" -> 2 * elements(operands[0]) * size(operands[2], 1);
      // y, hidden, x, w1
      case "feedForward" ->
          2 * elements(operands[1]) * (size(operands[0], 2) + size(operands[3], 1));
      case "linearInputGradient" -> 2 * elements(operands[1]) * size(operands[2], 1);
      // dw, db, dy, x
      case "linearParameterGradients" -> 2 * elements(operands[2]) * size(operands[0], 1);
      // y, max, reciprocal, qkv, heads, projection: the scores and the weighted sum
      case "attention" ->
          2 * attentionProduct(operands[0])
              + (operands[5] instanceof Projection projection
                  ? 2 * elements(operands[3]) * size(projection.w(), 1)
                  : 0);
      // dqkv, dy: the scores again, and the gradients of v, of the probabilities, of q and of k
      case "attentionBackward" -> 5 * attentionProduct(operands[1]);
      // probabilities [B, heads, N, N], qkv [B, N, 3·D]
      case "attentionProbabilities" ->
          2 * elements(operands[0]) * size(operands[1], 2) / (3 * size(operands[0], 1));
      // y and w, or dx, dy and w, or dw and dy: each output pixel, by the weights of a channel
      case "convolution" -> convolution(operands[0], operands[2]);
      case "convolutionInputGradient" -> convolution(operands[1], operands[2]);
      case "convolutionWeightGradient" -> convolution(operands[1], operands[0]);
      default -> 0;
    };
  }

  private static double convolution(Object y, Object w) {
    return 2 * elements(y) * elements(w) / size(w, 0);
  }

  /** One product of all heads, of {@code [B, N, D]}: 2·B·N·N·D. */
  private static double attentionProduct(Object y) {
    return 2 * elements(y) * size(y, 1);
  }

  private static double elements(Object tensor) {
    return ((Tensor) tensor).elements();
  }

  private static double size(Object tensor, int dimension) {
    return ((Tensor) tensor).shape().size(dimension);
  }
}
