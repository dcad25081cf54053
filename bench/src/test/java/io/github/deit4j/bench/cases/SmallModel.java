package io.github.deit4j.bench.cases;

import io.github.deit4j.vit.DeiTConfig;

/** A DeiT whose steps take milliseconds. */
final class SmallModel {
  static final DeiTConfig CONFIG = new DeiTConfig(32, 16, 3, 10, 32, 2, 2, 64, true);

  private SmallModel() {}
}
