package io.github.deit4j.bench;

import java.util.Locale;

/** What people would otherwise use. */
enum Peer {
  /** Inference and training. */
  PYTORCH;

  String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
