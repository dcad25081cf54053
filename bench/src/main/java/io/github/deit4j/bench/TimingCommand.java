package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.bench.measure.Machine;
import io.github.deit4j.cli.ExitCode;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.run.Environment;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The frame of a benchmark that times something in this JVM: how thoroughly, rows, what is said.
 */
abstract class TimingCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--quick",
      description = "Take few samples: for a first look, not for numbers to publish.")
  private boolean quick;

  @Option(names = "--json", description = "Print the rows as one JSON document.")
  private boolean json;

  /** With {@code --quick}. */
  Effort quickEffort = Effort.QUICK;

  private final List<Map<String, Object>> rows = new ArrayList<>();

  /** Throws what picocli reports as a usage error, where a value is out of range. */
  void check() {}

  /** Measures, adds rows and prints them. */
  abstract void run(Effort effort) throws Exception;

  @Override
  public final Integer call() throws Exception {
    check();
    note(Environment.cpu() + ", Java " + Runtime.version());
    note("before: " + Machine.surroundings());
    run(quick ? quickEffort : Effort.THOROUGH);
    if (json) {
      spec.commandLine().getOut().print(JsonWriter.pretty(rows));
      spec.commandLine().getOut().flush();
    }
    note("after: " + Machine.surroundings());
    return ExitCode.OK;
  }

  final void require(boolean condition, String option, String expected, Object found) {
    if (!condition) {
      throw new ParameterException(
          spec.commandLine(), "%s: expected %s, found %s".formatted(option, expected, found));
    }
  }

  /** Adds a row of the JSON; returns whether it is the first. */
  final boolean add(Map<String, Object> row) {
    rows.add(row);
    return rows.size() == 1;
  }

  /** Prints a result for people, where they asked for no JSON. */
  final void print(String text) {
    if (!json) {
      spec.commandLine().getOut().println(text);
      spec.commandLine().getOut().flush();
    }
  }

  /** Says something to people, beside the results. */
  final void note(String message) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(message);
    err.flush();
  }
}
