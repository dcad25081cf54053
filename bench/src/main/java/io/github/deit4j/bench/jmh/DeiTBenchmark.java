package io.github.deit4j.bench.jmh;

import io.github.deit4j.vit.DeiTConfig;
import org.openjdk.jmh.annotations.Param;

/** What the benchmarks of a whole DeiT share. */
public abstract class DeiTBenchmark extends BackendBenchmark {
  /** The model whose sizes are taken, with its distillation token: 198 tokens an image. */
  @Param({"tiny", "small", "base"})
  public String model;

  DeiTConfig config() {
    return config(model);
  }

  static DeiTConfig config(String model) {
    return DeiTConfig.named("deit_" + model + "_distilled_patch16_224");
  }
}
