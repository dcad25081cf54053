package io.github.deit4j.cli;

import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.serve.ClassifierServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves a model by HTTP until somebody stops it. */
@Command(
    name = "serve",
    description = {
      "Serves a model by HTTP, for this machine unless --host names another address. Encrypts"
          + " nothing and asks nobody who they are.",
      "GET /: a page on which a picture is dropped. POST /classify[?top=K][&attention=true]: an"
          + " image file as the body (curl --data-binary @FILE), its classes as JSON.",
      "/v2/…: the Open Inference Protocol with the tensors of the ONNX export, as JSON or binary."
          + " GET /metrics: for Prometheus.",
      "SIGTERM and Ctrl-C: no more requests are taken, those taken are answered, exit code 0."
    })
final class ServeCommand extends Subcommand.OnDevice {
  private static final int MEGABYTE = 1 << 20;

  @Mixin private Options.Model model;

  @Mixin private Options.Host host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port; 0 for any that is free (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The model's name in paths (default: the weights' file name).")
  private String name;

  @Option(
      names = "--max-batch",
      paramLabel = "B",
      defaultValue = "8",
      description = "Images classified together at most (default: ${DEFAULT-VALUE}).")
  private int maxBatch;

  @Option(
      names = "--max-wait",
      paramLabel = "MS",
      defaultValue = "2",
      description =
          "Milliseconds that an image waits for others at most (default: ${DEFAULT-VALUE}).")
  private int maxWait;

  @Option(
      names = "--queue",
      paramLabel = "N",
      defaultValue = "128",
      description =
          "Images that may wait; beyond, the answer is 503 at once (default: ${DEFAULT-VALUE}).")
  private int queue;

  @Option(
      names = "--max-body",
      paramLabel = "MB",
      defaultValue = "32",
      description = "Mebibytes of a request's body at most (default: ${DEFAULT-VALUE}).")
  private int maxBody;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      defaultValue = "50000000",
      description = "Pixels of an image at most (default: ${DEFAULT-VALUE}).")
  private int maxPixels;

  @Option(
      names = "--timeout",
      paramLabel = "S",
      defaultValue = "30",
      description = "Seconds from a request's header to its answer (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    model.locate(this);
    model.readInfo();
    model.warn(terminal);
    try (Serving serving = new Serving();
        Backend backend = device.open();
        Classifier classifier =
            Classifier.load(model.source(), backend, model.head().orElse(null));
        ClassifierServer server = server(classifier).start()) {
      announce(server);
      serving.untilStopped();
      terminal.say("stopping: requests that were taken are answered");
    }
    return ExitCode.OK;
  }

  private void check() {
    requireAtLeast("--port", 0, port);
    requireAtLeast("--max-batch", 1, maxBatch);
    requireAtLeast("--max-wait", 0, maxWait);
    requireAtLeast("--queue", 1, queue);
    requireAtLeast("--max-body", 1, maxBody);
    requireAtLeast("--max-pixels", 1, maxPixels);
    requireAtLeast("--timeout", 1, timeout);
  }

  private ClassifierServer.Builder server(Classifier classifier) {
    InputBudget budget =
        InputBudget.SERVED
            .with(Limit.REQUEST_BYTES, (long) maxBody * MEGABYTE)
            .with(Limit.IMAGE_PIXELS, maxPixels);
    try {
      return ClassifierServer.builder(classifier)
          .name(name == null ? nameOf(model.path()) : name)
          .host(host.address())
          .port(port)
          .maxBatch(maxBatch)
          .maxWait(Duration.ofMillis(maxWait))
          .queue(queue)
          .budget(budget)
          .timeout(Duration.ofSeconds(timeout));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--" + e.getMessage());
    }
  }

  /** Returns a file's name without its ending, of characters that paths have as they are. */
  private static String nameOf(Path weights) {
    Path file = weights.toAbsolutePath().normalize().getFileName();
    String plain =
        file == null
            ? ""
            : file.toString().replaceFirst("\\.[A-Za-z]+$", "").replaceAll("[^A-Za-z0-9._-]", "-");
    return plain.matches("\\.*") ? "model" : plain;
  }

  private void announce(ClassifierServer server) {
    print(
        JsonWriter.object("address", server.address(), "port", server.port()),
        () -> terminal.out().println("serving at " + server.address() + " (Ctrl-C ends it)"));
    terminal.out().flush();
  }
}
