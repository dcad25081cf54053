package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two steps, both with gradients of 1, without weight decay but for LAMB's: so far by hand. */
class TrainingStateTest {
  private static final double RATE = 0.25;

  /** Returns how far the head's first bias is after two steps. */
  private static double moved(String... sets) throws IOException {
    List<String> all = new ArrayList<>(List.of("weight-decay=0", "depth=1"));
    all.addAll(List.of(sets));
    Recipe recipe = Recipe.load("fashion-mnist", all);
    var info =
        new ModelInfo(
            recipe.modelConfig(10),
            Collections.nCopies(10, "class"),
            RecipeData.preprocessing(recipe));
    try (Backend backend = Backends.select("cpu", 1).backend();
        TrainingState state = new TrainingState(backend, recipe, info);
        TensorArena arena = backend.arena("test")) {
      Tensor scale = arena.allocate(DType.F64, Shape.of(2));
      double[] numbers = {4, state.clipping().factor(4)};
      backend.write(scale, MemorySegment.ofArray(numbers));
      Parameter bias =
          state.model().parameters().stream()
              .filter(each -> each.name().equals("head.bias"))
              .findFirst()
              .orElseThrow();
      float before = Tensors.floats(backend, bias.value())[0];
      for (int step = 1; step <= 2; step++) {
        for (Parameter parameter : state.model().parameters()) {
          backend.fill(parameter.gradient(), 1f);
        }
        state.step(step, RATE, scale);
      }
      return before - Tensors.floats(backend, bias.value())[0];
    }
  }

  @Test
  void sgdLooksAheadAlongItsMomentum() throws IOException {
    // b = 1, 1.5; steps of 1 + 0.5·b
    assertThat(moved("optimizer=sgd", "momentum=0.5")).isCloseTo(RATE * (1.5 + 1.75), within(1e-6));
  }

  @Test
  void momentumIsPlain() throws IOException {
    assertThat(moved("optimizer=momentum", "momentum=0.5"))
        .isCloseTo(RATE * (1 + 1.5), within(1e-6));
  }

  @Test
  void lambGoesAdamsWay() throws IOException {
    assertThat(moved("optimizer=lamb")).isCloseTo(RATE * 2, within(1e-5));
    // Without correction m is 0.1, 0.19 and v 0.001, 0.001999.
    assertThat(moved("optimizer=lamb", "clip=0", "bias-correction=false"))
        .isCloseTo(RATE * (0.1 / Math.sqrt(0.001) + 0.19 / Math.sqrt(0.001999)), within(1e-4));
  }

  @Test
  void clippingByLambAddsNothingToTheNorm() throws IOException {
    // The norm is said to be 4, so that gradients become 1/4, and momentum does not hide it.
    assertThat(moved("optimizer=momentum", "momentum=0", "clip=1"))
        .isCloseTo(RATE * 2 / 4, within(1e-6));
    String[] moments = {"optimizer=lamb", "bias-correction=false", "beta1=0", "beta2=0"};
    assertThat(moved(moments[0], moments[1], moments[2], moments[3], "epsilon=1"))
        .isCloseTo(RATE * 2 * (0.25 / (0.25 + 1)), within(1e-6));
  }
}
