package io.github.deit4j.bench.jmh;

import io.github.deit4j.deit.DeiTConfig;
import org.openjdk.jmh.annotations.Param;

/** What benchmarks at the sizes of a DeiT share. */
public abstract class DeiTBenchmark extends BackendBenchmark {
  /** The model whose sizes are taken, with its distillation token: 198 tokens an image. */
  @Param({"tiny", "small", "base"})
  public String model;

  DeiTConfig config() {
    return DeiTConfig.named("deit_" + model + "_distilled_patch16_224");
  }
}
