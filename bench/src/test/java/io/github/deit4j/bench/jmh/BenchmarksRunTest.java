package io.github.deit4j.bench.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.OpCase;
import io.github.deit4j.bench.cases.OpCases;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.tensor.TensorArena;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmark runs with each op. */
class BenchmarksRunTest {
  private static final String SMALL = "fashion-mnist";
  private static final String SMALL_REGNET = "fashion-mnist-convnet";

  private static String[] ops(String model) {
    try (Backend backend = Backends.select("cpu", 1).backend();
        TensorArena arena = backend.arena("names", Long.MAX_VALUE)) {
      List<OpCase> cases = OpCases.all(backend, arena, BenchmarkModels.config(model), 2, 1);
      return cases.stream().map(OpCase::name).toArray(String[]::new);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SMALL, SMALL_REGNET})
  void everyOp(String model) throws RunnerException {
    String[] ops = ops(model);
    assertThat(run(options -> options.param("model", model).param("op", ops))).hasSameSizeAs(ops);
  }

  @Test
  void anOpOnEachBackend() throws RunnerException {
    String[] backends = {"cpu", "scalar", "openblas"};
    assertThat(
            run(
                options ->
                    options
                        .param("model", SMALL)
                        .param("op", "proj/linear")
                        .param("backend", backends)))
        .hasSameSizeAs(backends);
  }

  private static Collection<RunResult> run(UnaryOperator<ChainedOptionsBuilder> parameters)
      throws RunnerException {
    ChainedOptionsBuilder once =
        new OptionsBuilder()
            .include(OpBenchmark.class.getSimpleName())
            .param("batch", "1")
            .param("stage", "2")
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(1))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    Collection<RunResult> results = new Runner(parameters.apply(once).build()).run();
    assertThat(results).allSatisfy(r -> assertThat(r.getPrimaryResult().getScore()).isPositive());
    return results;
  }
}
