package io.github.deit4j.bench.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Each benchmark of an op runs. */
class BenchmarksRunTest {
  @ParameterizedTest
  @CsvSource({
    "io.github.deit4j.bench.jmh.OpBenchmark, tiny",
    "io.github.deit4j.bench.jmh.ConvolutionBenchmark, regnety_008"
  })
  void everyOp(Class<?> benchmark, String model) throws Exception {
    String[] ops = benchmark.getField("op").getAnnotation(Param.class).value();
    run(benchmark, model, "cpu", ops);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "scalar", "openblas"})
  void anOpOnEachBackend(String backend) throws RunnerException {
    run(OpBenchmark.class, "tiny", backend, "proj/linear");
  }

  private static void run(Class<?> benchmark, String model, String backend, String... ops)
      throws RunnerException {
    Options once =
        new OptionsBuilder()
            .include(benchmark.getSimpleName())
            .param("backend", backend)
            .param("model", model)
            .param("op", ops)
            .param("batch", "1")
            .param("stage", "3")
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(1))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();
    Collection<RunResult> results = new Runner(once).run();
    assertThat(results).hasSameSizeAs(ops);
    assertThat(results).allSatisfy(r -> assertThat(r.getPrimaryResult().getScore()).isPositive());
  }
}
