package io.github.deit4j.bench;

import io.github.deit4j.bench.Comparison.Difference;
import io.github.deit4j.bench.Comparison.Verdict;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.cli.ExitCode;
import io.github.deit4j.json.JsonWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deit bench compare}. */
@Command(
    name = "compare",
    description = {
      "Say what is faster or slower in the second of two reports of bench suite, beyond the noise",
      "of both. Exit code 1 if something is slower."
    })
final class CompareCommand implements Callable<Integer> {
  private static final int SLOWER = 1;

  private static final ResultTable<Difference> TABLE =
      new ResultTable<>(
          "Differences",
          "",
          List.of(
              Column.text("", 7, each -> each.verdict().name().toLowerCase(Locale.ROOT)),
              Column.number("time %", each -> 100 * (each.timeRatio() - 1)),
              Column.number("noise %", each -> 100 * each.margin()),
              Column.number("first ms", Difference::firstMs),
              Column.number("second ms", Difference::secondMs),
              Column.text("of", 1, Difference::cell)));

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A.json", description = "The report to compare with.")
  private Path first;

  @Parameters(index = "1", paramLabel = "B.json", description = "The report that is judged.")
  private Path second;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  CompareCommand() {}

  @Override
  public Integer call() throws IOException {
    SuiteReport before = SuiteReport.read(first);
    SuiteReport after = SuiteReport.read(second);
    Comparison comparison = Comparison.of(before, after);
    PrintWriter out = spec.commandLine().getOut();
    List<Difference> slower = comparison.of(Verdict.SLOWER);
    if (json) {
      out.print(JsonWriter.pretty(RecordJson.object(comparison)));
    } else {
      List<Difference> faster = comparison.of(Verdict.FASTER);
      List<Difference> all = comparison.differences();
      after
          .environment()
          .differences(before.environment())
          .forEach(each -> out.println("other " + each));
      out.print(TABLE.text(Stream.of(slower, faster).flatMap(List::stream).toList()));
      for (Cell cell : comparison.onlyInFirst()) {
        out.println("only in the first   " + cell);
      }
      for (Cell cell : comparison.onlyInSecond()) {
        out.println("only in the second  " + cell);
      }
      out.printf(
          "%d cells in both: %d slower, %d faster, %d the same within the noise; %d are noisy, and"
              + " their margin is wider%n",
          all.size(),
          slower.size(),
          faster.size(),
          all.size() - slower.size() - faster.size(),
          all.stream().filter(Difference::noisy).count());
    }
    out.flush();
    return slower.isEmpty() ? ExitCode.OK : SLOWER;
  }
}
