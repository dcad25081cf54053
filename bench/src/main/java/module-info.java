/** Benchmarks: JMH kernels, and the harness that compares CPU and GPU. */
module io.github.deit4j.bench {
  requires io.github.deit4j.model;
  requires static jmh.core;
}
