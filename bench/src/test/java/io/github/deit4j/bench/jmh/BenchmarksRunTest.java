package io.github.deit4j.bench.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cpu.kernel.KernelFamily;
import java.util.Collection;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmark runs with each kernel's cases, scalar and best. */
class BenchmarksRunTest {
  private static final String[] BACKENDS = {"cpu", "scalar"};

  private static <K> Stream<String> names(KernelFamily<K> family) {
    return family.cases().of(5, 16, new SplittableRandom(1)).stream().map(each -> each.name());
  }

  @Test
  void everyKernel() throws RunnerException {
    String[] ops =
        KernelFamily.ALL.stream()
            .flatMap(BenchmarksRunTest::names)
            .distinct()
            .toArray(String[]::new);
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(KernelBenchmark.class.getSimpleName())
                    .param("op", ops)
                    .param("rows", "5")
                    .param("width", "16")
                    .param("backend", BACKENDS)
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(1))
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    assertThat(results).hasSize(BACKENDS.length * ops.length).hasSizeGreaterThan(60);
    assertThat(results).allSatisfy(r -> assertThat(r.getPrimaryResult().getScore()).isPositive());
  }
}
