package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.bench.jmh.ConvolutionBenchmark;
import io.github.deit4j.bench.jmh.OpBenchmark;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.op.OpFamilies;
import io.github.deit4j.op.OpRunner;
import io.github.deit4j.regnet.RegNetConfig;
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
import org.openjdk.jmh.annotations.Param;

class OpCasesTest {
  /** Methods of families that do no arithmetic. */
  private static final Set<String> NO_OPS =
      Set.of("read", "write", "prepare", "prepareConvolution");

  private static final RegNetConfig NETWORK =
      new RegNetConfig(
          32, 3, 10, 8, 1, RegNetConfig.stages(new int[] {1}, new int[] {16}, new int[] {8}));

  private final Backend backend = Backends.select("cpu", 1).backend();
  private final TensorArena arena = backend.arena("test", Long.MAX_VALUE);
  private final List<OpCase> cases = OpCases.of(backend, arena, SmallModel.CONFIG, 2);
  private final List<OpCase> convolutions = ConvolutionCases.of(backend, arena, NETWORK, 1, 2);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private static Set<String> ops(List<OpCase> cases) {
    return cases.stream().map(OpCase::op).collect(Collectors.toCollection(TreeSet::new));
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

  private static List<String> parameters(Class<?> benchmark) throws NoSuchFieldException {
    return List.of(benchmark.getField("op").getAnnotation(Param.class).value());
  }

  /** A new op wants a line in {@link OpCases} or {@link ConvolutionCases}. */
  @Test
  void everyOpHasACase() {
    Set<String> measured = ops(cases);
    measured.addAll(ops(convolutions));
    assertThat(measured).contains("linear", "convolution", "adamW").isEqualTo(methods());
  }

  /** JMH wants its parameters as constants. */
  @Test
  void everyCaseHasABenchmark() throws NoSuchFieldException {
    assertThat(cases)
        .extracting(OpCase::name)
        .containsExactlyElementsOf(parameters(OpBenchmark.class));
    assertThat(convolutions)
        .extracting(OpCase::name)
        .containsExactlyElementsOf(parameters(ConvolutionBenchmark.class));
  }

  @Test
  void aCaseIsFoundByNameAndCallsWhatItSays() {
    for (OpCase each : cases) {
      OpCase named = OpCases.named(backend, arena, SmallModel.CONFIG, 2, each.name());
      assertThat(named.observed(backend).op()).isEqualTo(each.op());
    }
    for (OpCase each : convolutions) {
      OpCase named = ConvolutionCases.named(backend, arena, NETWORK, 1, 2, each.name());
      assertThat(named.observed(backend).op()).isEqualTo(each.op());
    }
  }

  @Test
  void anUnknownNameIsAnErrorThatListsTheOthers() {
    assertThatThrownBy(() -> OpCases.named(backend, arena, SmallModel.CONFIG, 2, "mlp/relu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mlp/relu")
        .hasMessageContaining("mlp/gelu");
  }
}
