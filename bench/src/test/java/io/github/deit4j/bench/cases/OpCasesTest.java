package io.github.deit4j.bench.cases;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.kernel.KernelFamily;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.op.OpFamilies;
import io.github.deit4j.op.OpRunner;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.ViTConfig;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpCasesTest {
  /** Methods of families that do no arithmetic. */
  private static final Set<String> NO_OPS =
      Set.of("read", "write", "prepare", "prepareConvolution");

  private static final ViTConfig CONFIG = BenchmarkModels.transformer("fashion-mnist");

  private final Backend backend = Backends.select("cpu", 1).backend();
  private final TensorArena arena = backend.arena("test", Long.MAX_VALUE);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private Stream<OpCase> cases() {
    return OpCases.parts(CONFIG).stream()
        .flatMap(part -> OpCases.part(backend, arena, CONFIG, 2, part).stream());
  }

  private static <K> Stream<String> kernels(KernelFamily<K> family) {
    return family.cases().of(5, 16, new SplittableRandom(1)).stream().map(KernelCase::name);
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

  /** A new op wants a line in {@link OpCases}, or a case beside its kernel. */
  @Test
  void everyOpHasACase() {
    Set<String> ops = methods();
    cases().map(OpCase::op).forEach(ops::remove);
    assertThat(ops).contains("convolution", "batchNorm").doesNotContain("linear", "adamW");
    KernelFamily.ALL.stream().flatMap(OpCasesTest::kernels).forEach(ops::remove);
    assertThat(ops).isEmpty();
  }

  @Test
  void casesHaveNamesOfTheirOwnAndTheCostOfTheirOperands() {
    List<OpCase> cases = cases().toList();
    assertThat(cases).extracting(OpCase::name).doesNotHaveDuplicates();
    for (OpCase each : cases) {
      assertThat(each.cost().flop() + each.cost().bytes() == 0)
          .as(each.name())
          .isEqualTo(Set.of("selectToken", "selectTokenBackward", "erase").contains(each.op()));
    }
  }
}
