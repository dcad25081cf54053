/** DeiT models, their data, training, weight files and command line. */
@SuppressWarnings("module") // bench is compiled later
module io.github.deit4j.model {
  requires transitive io.github.deit4j.runtime;
  requires io.github.deit4j.bindings;
  requires com.fasterxml.jackson.core;
  requires org.snakeyaml.engine;
  requires java.desktop;
  requires java.net.http;
  requires jdk.incubator.vector;
  requires jdk.management;
  requires static info.picocli;

  exports io.github.deit4j.data;
  exports io.github.deit4j.data.transform;
  exports io.github.deit4j.deit;
  exports io.github.deit4j.distill;
  exports io.github.deit4j.export;
  exports io.github.deit4j.nn;
  exports io.github.deit4j.regnet;
  exports io.github.deit4j.train;
  exports io.github.deit4j.weights;

  // For its command.
  exports io.github.deit4j.cli to
      io.github.deit4j.bench;
  exports io.github.deit4j.json to
      io.github.deit4j.bench;
  exports io.github.deit4j.report to
      io.github.deit4j.bench;

  opens io.github.deit4j.cli to
      info.picocli;

  uses io.github.deit4j.cli.CommandProvider;
}
