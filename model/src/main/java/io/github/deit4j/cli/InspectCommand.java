package io.github.deit4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows what is in a weight file or a run's folder. */
@Command(
    name = "inspect",
    description = {
      "Shows what is in a safetensors or PyTorch file or a Hugging Face folder: model, classes, preprocessing, metadata, tensors, and"
          + " how many of their numbers are not finite.",
      "Of a run's folder it shows how far the run has come."
    })
final class InspectCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "FILE|DIR",
      description = "A weight file, a Hugging Face folder or a run's folder.")
  private Path file;

  @Mixin private HeadCountOption heads;

  @Mixin private JsonOption json;

  private final Terminal terminal;

  InspectCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Inspection found =
        Files.isDirectory(file) && !Files.exists(file.resolve("config.json"))
            ? RunInspection.of(file)
            : WeightsInspection.of(heads.source(file));
    if (json.isSet()) {
      json.print(terminal, found.toJson());
    } else {
      found.print(terminal.out());
    }
    return ExitCode.OK;
  }

  /** What was found in a file or folder. */
  sealed interface Inspection permits WeightsInspection, RunInspection {
    /** Returns all of it as a JSON tree. */
    Map<String, Object> toJson();

    /** Prints it for people. */
    void print(PrintWriter out);
  }
}
