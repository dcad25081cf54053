package io.github.deit4j.cli;

import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.watch.WatchServer;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows a run in a browser until somebody stops it. */
@Command(
    name = "watch",
    description = {
      "Shows a training run in a browser, whether it goes on or is over: curves that move, images"
          + " per second, time left, the last evaluation, results, recipe and environment. Reads the"
          + " run's files and writes none. For this machine unless --host names another address.",
      "train --watch does the same for as long as the training goes on.",
      "SIGTERM and Ctrl-C end it, exit code 0."
    })
final class WatchCommand extends Subcommand.WithJson {
  @Parameters(paramLabel = "RUN", description = "The run's folder, train's --out.")
  private Path run;

  @Mixin private Options.Host host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = TrainCommand.WATCH_PORT,
      description = "Port; 0 for any that is free (default: ${DEFAULT-VALUE}).")
  private int port;

  @Override
  public Integer call() throws IOException, InterruptedException {
    requirePort("--port", port);
    RunFolder.requireRun(run);
    try (Serving serving = new Serving();
        WatchServer server = WatchServer.start(run, host.address(), port)) {
      print(
          JsonWriter.object("address", server.address(), "port", server.port()),
          () ->
              terminal
                  .out()
                  .println("watch %s at %s (Ctrl-C ends it)".formatted(run, server.address())));
      terminal.out().flush();
      serving.untilStopped();
    }
    return ExitCode.OK;
  }
}
