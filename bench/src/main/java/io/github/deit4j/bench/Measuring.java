package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.CoreDistance;
import io.github.deit4j.bench.measure.Machine;
import io.github.deit4j.bench.measure.Row;
import io.github.deit4j.bench.measure.Table;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.run.Environment;
import io.github.deit4j.vit.DeiTConfig;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The frame of a benchmark: options, ceilings, rows, and how they are shown. */
abstract class Measuring implements Callable<Integer> {
  private static final int DONE = 0;

  @Spec private CommandSpec spec;
  @Mixin private BenchOptions options;

  @Override
  public final Integer call() throws Exception {
    options.check(models());
    note(Machine.description(Environment.cpu()));
    noteSurroundings("before");
    Ceilings ceilings = Ceilings.measure(options.threads(), options.effort());
    note(
        String.format(
            Locale.ROOT,
            "ceilings with %d threads: %.1f GFLOP/s (float32 fma), copy %.1f GB/s, triad %.1f GB/s",
            ceilings.threads(),
            ceilings.gflops(),
            ceilings.copy(),
            ceilings.triad()));
    measure(options, ceilings);
    noteSurroundings("after");
    return DONE;
  }

  private void noteSurroundings(String when) {
    note(
        "load average %s: %s, to another processor and back: %s"
            .formatted(when, Machine.load(), CoreDistance.description()));
  }

  /** Returns the models that can be measured, by name. */
  List<String> models() {
    return DeiTConfig.names();
  }

  /** Measures and shows. */
  abstract void measure(BenchOptions chosen, Ceilings ceilings) throws Exception;

  /** Says something to people, beside the results. */
  final void note(String message) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(message);
    err.flush();
  }

  /** Opens a table on standard output, for results that are no rows. */
  final Table table(List<Table.Column> columns) {
    return new Table(spec.commandLine().getOut(), columns);
  }

  final void printJson(List<?> objects) {
    spec.commandLine().getOut().print(JsonWriter.pretty(objects));
    spec.commandLine().getOut().flush();
  }

  /** Collects rows and shows each as it comes, or all of them as JSON in the end. */
  final class Results implements AutoCloseable {
    /** What a table shows of a row. */
    @FunctionalInterface
    interface Line {
      Object[] of(Row row);
    }

    private final List<Row> rows = new ArrayList<>();
    private final Table table;
    private final Line line;

    Results(List<Table.Column> columns, Line line) {
      this.table = options.json() ? null : table(columns);
      this.line = line;
    }

    void add(Row row) {
      rows.add(row);
      if (table != null) {
        table.add(line.of(row));
      }
    }

    @Override
    public void close() {
      if (table == null) {
        printJson(rows.stream().map(Row::toJson).toList());
      }
    }
  }
}
