package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.op.AttentionOps.Projection;
import io.github.deit4j.op.OptimizerOps.Average;
import io.github.deit4j.tensor.Tensor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A call of a backend's op, as an observer is told of it, and what it costs at least. Bytes: every
 * tensor once, and twice if it is updated. Operations: those of matrix products.
 *
 * @param op its name
 * @param operands as given to it; some may be null
 */
record OpCall(String op, List<Object> operands) {
  /** They touch parts of their operands, or no memory is moved. */
  private static final Set<String> UNKNOWN_TRAFFIC =
      Set.of("prepare", "selectToken", "selectTokenBackward", "erase");

  static Cost cost(String op, Object... operands) {
    return new OpCall(op, Arrays.asList(operands)).cost();
  }

  Cost cost() {
    return new Cost(flop(), UNKNOWN_TRAFFIC.contains(op) ? 0 : bytes());
  }

  private double bytes() {
    List<Tensor> tensors = operands.stream().flatMap(OpCall::tensors).distinct().toList();
    // An average is updated beside the tensors that come first.
    return tensors.stream().mapToDouble(OpCall::bytes).sum()
        + tensors.stream().limit(updated()).mapToDouble(OpCall::bytes).sum()
        + operands.stream().mapToDouble(OpCall::averages).sum();
  }

  private static double averages(Object operand) {
    return switch (operand) {
      case Average average -> bytes(average.average());
      case List<?> list -> list.stream().mapToDouble(OpCall::averages).sum();
      case null, default -> 0;
    };
  }

  /** Returns how many of its tensors, which come first, it reads and writes. */
  private int updated() {
    int each = operands.getFirst() instanceof List<?> several ? several.size() : 1;
    return each * updatedOfEach();
  }

  private int updatedOfEach() {
    return switch (op) {
      case "ema", "mix", "convolutionWeightGradient", "layerScaleGradient" -> 1;
      case "linearParameterGradients",
          "layerNormParameterGradients",
          "layerNormGradients",
          "sgd",
          "updateStatistics" ->
          2;
      case "adamW" -> 3;
      case "lamb" -> 4;
      default -> 0;
    };
  }

  /** Returns the tensors of an operand: of a record, such as an epilogue, those of its parts. */
  private static Stream<Tensor> tensors(Object operand) {
    return switch (operand) {
      case Tensor tensor -> Stream.of(tensor);
      case List<?> list -> list.stream().flatMap(OpCall::tensors);
      case Record parts ->
          Arrays.stream(parts.getClass().getRecordComponents())
              .flatMap(part -> tensors(value(parts, part)));
      case null, default -> Stream.empty();
    };
  }

  private static Object value(Record parts, RecordComponent part) {
    try {
      return part.getAccessor().invoke(parts);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("operand " + parts, e);
    }
  }

  private static double bytes(Tensor tensor) {
    return (double) tensor.elements() * tensor.dtype().bytes();
  }

  private double flop() {
    return switch (op) {
      // 2·rows·in·out: the elements of y or dy, by w's second size
      case "linear" -> 2 * elements(0) * size(2, 1);
      // y, hidden, x, w1
      case "feedForward" -> 2 * elements(1) * (size(0, 2) + size(3, 1));
      case "linearInputGradient" -> 2 * elements(1) * size(2, 1);
      // dw, db, dy, x
      case "linearParameterGradients" -> 2 * elements(2) * size(0, 1);
      // y, max, reciprocal, qkv, heads, projection: the scores and the weighted sum
      case "attention" -> 2 * attentionProduct(0) + projection();
      // dqkv, dy: the scores again, and the gradients of v, of the probabilities, of q and of k
      case "attentionBackward" -> 5 * attentionProduct(1);
      // probabilities [B, heads, N, N], qkv [B, N, 3·D]
      case "attentionProbabilities" -> 2 * elements(0) * size(1, 2) / (3 * size(0, 1));
      // y and w, or dx, dy and w, or dw and dy: each output pixel, by the weights of a channel
      case "convolution" -> convolution(0, 2);
      case "convolutionInputGradient" -> convolution(1, 2);
      case "convolutionWeightGradient" -> convolution(1, 0);
      default -> 0;
    };
  }

  private double projection() {
    return operands.get(5) instanceof Projection projection
        ? 2 * elements(3) * projection.w().shape().size(1)
        : 0;
  }

  private double convolution(int y, int w) {
    return 2 * elements(y) * elements(w) / size(w, 0);
  }

  /** One product of all heads, of {@code [B, N, D]}: 2·B·N·N·D. */
  private double attentionProduct(int y) {
    return 2 * elements(y) * size(y, 1);
  }

  private double elements(int index) {
    return ((Tensor) operands.get(index)).elements();
  }

  private double size(int index, int dimension) {
    return ((Tensor) operands.get(index)).shape().size(dimension);
  }
}
