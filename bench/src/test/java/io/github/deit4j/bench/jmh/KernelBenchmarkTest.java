package io.github.deit4j.bench.jmh;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class KernelBenchmarkTest {
  @Test
  void runsCasesOfEachSetOfKernels() {
    for (String kernels : new String[] {"cpu", "scalar"}) {
      for (String op : new String[] {"linear", "attentionBackward", "convolution", "ema"}) {
        KernelBenchmark benchmark = benchmark(kernels, op);
        benchmark.open();
        benchmark.call();
      }
    }
  }

  @Test
  void saysThatThereIsNoSuchCase() {
    KernelBenchmark benchmark = benchmark("cpu", "layernorm");
    assertThatThrownBy(benchmark::open)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("layernorm");
  }

  private static KernelBenchmark benchmark(String kernels, String op) {
    var benchmark = new KernelBenchmark();
    benchmark.backend = kernels;
    benchmark.op = op;
    benchmark.rows = 5;
    benchmark.width = 16;
    return benchmark;
  }
}
