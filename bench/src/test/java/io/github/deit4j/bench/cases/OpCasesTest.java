package io.github.deit4j.bench.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.op.OpFamilies;
import io.github.deit4j.op.OpRunner;
import io.github.deit4j.tensor.TensorArena;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpCasesTest {
  /** Methods of families that do no arithmetic. */
  private static final Set<String> NO_OPS =
      Set.of("read", "write", "prepare", "prepareConvolution");

  private static final ModelConfig TRANSFORMER = BenchmarkModels.config("fashion-mnist");
  private static final ModelConfig CONVNET = BenchmarkModels.config("fashion-mnist-convnet");

  private final Backend backend = Backends.select("cpu", 1).backend();
  private final TensorArena arena = backend.arena("test", Long.MAX_VALUE);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private Set<String> ops(ModelConfig config) {
    return OpCases.all(backend, arena, config, 2, 2).stream()
        .map(OpCase::op)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The methods that families of ops have for everybody. */
  private static Set<String> methods() {
    return Arrays.stream(OpFamilies.class.getRecordComponents())
        .map(RecordComponent::getType)
        .filter(family -> family != OpRunner.class)
        .flatMap(family -> Arrays.stream(family.getDeclaredMethods()))
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .map(Method::getName)
        .filter(name -> !NO_OPS.contains(name))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** A new op wants a line in {@link TransformerCases} or {@link ConvolutionCases}. */
  @Test
  void everyOpHasACase() {
    Set<String> measured = ops(TRANSFORMER);
    measured.addAll(ops(CONVNET));
    assertThat(measured).contains("linear", "convolution", "adamW").isEqualTo(methods());
  }

  @Test
  void aCaseIsFoundByNameWithTheCostOfItsOperands() {
    for (ModelConfig config : List.of(TRANSFORMER, CONVNET)) {
      List<OpCase> all = OpCases.all(backend, arena, config, 2, 2);
      assertThat(all).extracting(OpCase::name).doesNotHaveDuplicates();
      for (OpCase each : all) {
        OpCase named = OpCases.named(backend, arena, config, 2, 2, each.name());
        assertThat(named.op()).isEqualTo(each.op());
        assertThat(named.cost()).isEqualTo(each.cost());
        assertThat(each.cost().flop() + each.cost().bytes() == 0)
            .as(each.name())
            .isEqualTo(Set.of("selectToken", "selectTokenBackward", "erase").contains(each.op()));
      }
    }
  }

  @Test
  void anUnknownNameIsAnErrorThatListsTheOthers() {
    assertThatThrownBy(() -> OpCases.named(backend, arena, TRANSFORMER, 1, 2, "mlp/relu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mlp/relu")
        .hasMessageContaining("[gelu, geluBackward, feedForward]");
    assertThatThrownBy(() -> OpCases.named(backend, arena, TRANSFORMER, 1, 2, "mpl/gelu"))
        .hasMessageContaining("attn-projected");
  }
}
