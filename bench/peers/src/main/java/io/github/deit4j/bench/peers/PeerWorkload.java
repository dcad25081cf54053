package io.github.deit4j.bench.peers;

import io.github.deit4j.bench.cases.Workload;

/** The work of a peer. */
interface PeerWorkload extends Workload {
  /** Returns versions and settings, in one line. */
  String configuration();
}
