/** DeiT models, their data, training, weight files and command line. */
@SuppressWarnings("module") // bench is compiled later
module io.github.deit4j.model {
  requires transitive io.github.deit4j.runtime;
  requires io.github.deit4j.bindings;
  requires com.fasterxml.jackson.core;
  requires org.snakeyaml.engine;
  requires transitive java.desktop;
  requires java.net.http;
  requires jdk.incubator.vector;
  requires jdk.management;
  requires static info.picocli;

  exports io.github.deit4j.data;
  exports io.github.deit4j.data.decode;
  exports io.github.deit4j.data.set;
  exports io.github.deit4j.data.transform;
  exports io.github.deit4j.distill;
  exports io.github.deit4j.export;
  exports io.github.deit4j.inference;
  exports io.github.deit4j.input;
  exports io.github.deit4j.json;
  exports io.github.deit4j.metrics;
  exports io.github.deit4j.modelfile;
  exports io.github.deit4j.nn;
  exports io.github.deit4j.onnx;
  exports io.github.deit4j.recipe;
  exports io.github.deit4j.regnet;
  exports io.github.deit4j.run;
  exports io.github.deit4j.session;
  exports io.github.deit4j.train;
  exports io.github.deit4j.vit;
  exports io.github.deit4j.weights;

  // For its command.
  exports io.github.deit4j.cli to
      io.github.deit4j.bench;
  exports io.github.deit4j.report to
      io.github.deit4j.bench;

  opens io.github.deit4j.cli to
      info.picocli;

  uses io.github.deit4j.cli.CommandProvider;
}
