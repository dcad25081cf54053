/** Benchmarks: the harness that compares backends and peers, and JMH kernels. */
module io.github.deit4j.bench {
  requires io.github.deit4j.bindings;
  requires io.github.deit4j.model;
  requires java.desktop;
  requires java.management;
  requires java.net.http;
  requires jdk.management;
  requires jdk.incubator.vector;
  requires static info.picocli;
  requires static jmh.core;

  opens io.github.deit4j.bench to
      info.picocli;

  uses io.github.deit4j.bench.cases.ReferenceLibrary;

  provides io.github.deit4j.cli.CommandProvider with
      io.github.deit4j.bench.BenchCommands;
}
