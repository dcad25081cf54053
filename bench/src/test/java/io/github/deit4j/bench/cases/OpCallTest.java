package io.github.deit4j.bench.cases;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.op.AttentionOps.Projection;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.OptimizerOps.Average;
import io.github.deit4j.op.Residual;
import io.github.deit4j.tensor.HostMemory;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpCallTest {
  private final TensorArena arena = new TensorArena("test", Long.MAX_VALUE, new HostMemory());

  private Tensor tensor(int... sizes) {
    return arena.allocate(sizes);
  }

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void productsOfALinearLayer() {
    Tensor x = tensor(2, 5, 7);
    Tensor w = tensor(3, 7);
    Tensor b = tensor(3);
    Tensor y = tensor(2, 5, 3);
    double flop = 2 * 10 * 7 * 3;
    assertThat(OpCall.cost("linear", y, x, w, b)).isEqualTo(new Cost(flop, 4 * (30 + 70 + 21 + 3)));
    assertThat(OpCall.cost("linearInputGradient", x, y, w))
        .isEqualTo(new Cost(flop, 4 * (70 + 30 + 21)));
    assertThat(OpCall.cost("linearParameterGradients", w, b, y, x))
        .as("gradients are read and written")
        .isEqualTo(new Cost(flop, 4 * (2 * (21 + 3) + 30 + 70)));
  }

  @Test
  void whatRidesOnAProductAddsItsTensors() {
    Tensor x = tensor(2, 5, 7);
    Tensor w = tensor(3, 7);
    Tensor b = tensor(3);
    Tensor y = tensor(2, 5, 3);
    Tensor other = tensor(2, 5, 3);
    double flop = 2 * 10 * 7 * 3;
    Cost cost = new Cost(flop, 4 * (30 + 30 + 70 + 21 + 3));
    assertThat(OpCall.cost("linear", y, x, w, b, new LinearEpilogue.Gelu(other))).isEqualTo(cost);
    var sum = new LinearEpilogue.Add(Residual.to(other), null);
    assertThat(OpCall.cost("linear", y, x, w, b, sum)).isEqualTo(cost);
    assertThat(OpCall.cost("linear", y, x, w, b, new LinearEpilogue.Gelu(null)))
        .as("nobody keeps the input of GELU")
        .isEqualTo(new Cost(flop, 4 * (30 + 70 + 21 + 3)));
    assertThat(OpCall.cost("linearInputGradient", x, y, w, tensor(2, 5, 7)).flop()).isEqualTo(flop);
  }

  @Test
  void productsOfAttention() {
    Tensor y = tensor(2, 5, 8);
    Tensor qkv = tensor(2, 5, 24);
    Tensor max = tensor(2, 4, 5);
    double product = 2 * 2 * 5 * 5 * 8;
    assertThat(OpCall.cost("attention", y, max, max, qkv, 4, null).flop()).isEqualTo(2 * product);
    Tensor x = tensor(2, 5, 7);
    var projection = new Projection(x, tensor(24, 7), tensor(24));
    assertThat(OpCall.cost("attention", y, max, max, qkv, 4, projection).flop())
        .isEqualTo(2 * 2 * 5 * 24 * 7 + 2 * product);
    assertThat(OpCall.cost("attentionBackward", qkv, y, qkv, max, max, 4).flop())
        .isEqualTo(5 * product);
  }

  @Test
  void anUpdateReadsParameterAndMomentsAndWritesThem() {
    Tensor p = tensor(100);
    Tensor m = tensor(100);
    assertThat(OpCall.cost("adamW", p, m, tensor(100), tensor(100), new Object()))
        .isEqualTo(new Cost(0, 4 * 700));
    Average average = new Average(tensor(100), 0.5);
    assertThat(OpCall.cost("adamW", p, m, tensor(100), tensor(100), new Object(), average))
        .isEqualTo(new Cost(0, 4 * 900));
    assertThat(OpCall.cost("ema", m, p, 0.5)).isEqualTo(new Cost(0, 4 * 300));
  }

  @Test
  void tensorsInAListCountToo() {
    assertThat(OpCall.cost("sumOfSquares", List.of(tensor(3), tensor(4))))
        .isEqualTo(new Cost(0, 4 * 7));
  }

  @Test
  void anOpOfWhichNothingIsKnownMovesItsTensors() {
    assertThat(OpCall.cost("opToCome", tensor(3), null, 1f, tensor(4)))
        .isEqualTo(new Cost(0, 4 * 7));
  }
}
