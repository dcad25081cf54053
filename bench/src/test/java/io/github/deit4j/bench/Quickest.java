package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Contest.Effort;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import picocli.CommandLine;

/** The command whose option {@code --quick} takes a single sample of cold code. */
final class Quickest {
  private static final Effort ONCE =
      new Effort(1, Duration.ZERO, Duration.ZERO, Duration.ZERO, 2 << 20);

  private Quickest() {}

  static CommandLine bench(StringWriter out, StringWriter err) {
    CommandLine bench = new CommandLine(new BenchCommands().command());
    for (CommandLine each : bench.getSubcommands().values()) {
      if (each.getCommand() instanceof TimingCommand timing) {
        timing.quickEffort = ONCE;
      }
      if (each.getCommand() instanceof DataCommand data) {
        data.images = 3;
        data.batch = 2;
      }
    }
    return bench.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
  }
}
