package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.bench.CompareCommand.Comparison;
import io.github.deit4j.bench.CompareCommand.Comparison.Verdict;
import io.github.deit4j.bench.measure.Measurement.Round;
import io.github.deit4j.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ComparisonTest {
  private static final int CELLS = 200;
  private static final int ROUNDS = 3;
  private static final int SAMPLES = 20;

  @TempDir Path folder;

  /**
   * Returns a report of cells whose rounds differ by 2 % and whose samples differ by 1 %.
   *
   * @param factor of the first cell's time
   */
  private static SuiteReport report(long seed, double factor) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][][] cells = new double[CELLS][ROUNDS][SAMPLES];
    for (int cell = 0; cell < CELLS; cell++) {
      for (double[] round : cells[cell]) {
        double middle = (cell == 0 ? factor : 1) * (5 + cell) * (1 + 0.02 * random.nextGaussian());
        for (int i = 0; i < SAMPLES; i++) {
          round[i] = middle * (1 + 0.01 * random.nextGaussian());
        }
      }
    }
    return Fakes.report(cells);
  }

  @Test
  void twoRunsOfTheSameBuildDoNotDiffer() {
    for (long seed = 0; seed < 20; seed++) {
      Comparison comparison = Comparison.of(report(2 * seed, 1), report(2 * seed + 1, 1));
      assertThat(comparison.of(Verdict.SAME)).as("seed %d", seed).hasSize(CELLS);
    }
  }

  @Test
  void aRealDifferenceIsFound() {
    Comparison slower = Comparison.of(report(1, 1), report(2, 1.2));
    assertThat(slower.of(Verdict.SLOWER))
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.cell().batch()).isEqualTo(1);
              assertThat(each.timeRatio()).isBetween(1.15, 1.25);
              assertThat(each.margin()).isLessThan(0.15);
            });
    assertThat(Comparison.of(report(2, 1.2), report(1, 1)).of(Verdict.FASTER)).hasSize(1);
  }

  @Test
  void lessThanThreePercentIsNeverADifference() {
    double[][] steady = {{1, 1, 1}, {1, 1, 1}};
    double[][] little = {{1.02, 1.02, 1.02}, {1.02, 1.02, 1.02}};
    double[][] more = {{1.04, 1.04, 1.04}, {1.04, 1.04, 1.04}};
    Comparison comparison = Comparison.of(Fakes.report(steady, steady), Fakes.report(little, more));
    assertThat(comparison.differences())
        .extracting(Comparison.Difference::verdict)
        .containsExactly(Verdict.SAME, Verdict.SLOWER);
  }

  @Test
  void aMedianWithinTheOthersSpreadIsNoDifference() {
    double[][] wide = {{1, 1, 2, 2}, {1, 1, 2, 2}};
    double[][] inside = {{1.9, 1.9, 1.9, 1.9}, {1.9, 1.9, 1.9, 1.9}};
    assertThat(Comparison.of(Fakes.report(wide), Fakes.report(inside)).of(Verdict.SAME)).hasSize(1);
  }

  /** Returns a report of one cell, measured while other programs had 40 % of the time. */
  private static SuiteReport noisy(double milliseconds) {
    Findings findings = Fakes.findings(1, 100);
    Round round = new Round(List.of(milliseconds, milliseconds), 100, 0.4, null);
    findings.add(Fakes.part(Fakes.inference(1), Fakes.CPU, round));
    assertThat(findings.report().measurements().getFirst().noise()).contains("40 %");
    return findings.report();
  }

  @Test
  void aNoisyCellDiffersOnlyBeyondWhatDisturbedIt() {
    SuiteReport quiet = Fakes.report(new double[][] {{1, 1}});
    // 1 / 0.6 times as long, and 3 %
    assertThat(Comparison.of(quiet, noisy(1.7)).of(Verdict.SAME))
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.noisy()).isTrue();
              assertThat(each.margin()).isCloseTo(1.03 / 0.6 - 1, within(1e-12));
            });
    assertThat(Comparison.of(quiet, noisy(1.75)).of(Verdict.SLOWER)).hasSize(1);
    assertThat(Comparison.of(noisy(1.75), quiet).of(Verdict.FASTER)).hasSize(1);
    assertThat(Comparison.of(noisy(0.5), quiet).of(Verdict.SLOWER)).hasSize(1);
  }

  @Test
  void aRoundAtALowClockIsADisturbance() {
    Findings findings = Fakes.findings(2, 100);
    for (double clock : new double[] {100, 80}) {
      Round round = new Round(List.of(1.2, 1.2), clock, 0.0, null);
      findings.add(Fakes.part(Fakes.inference(1), Fakes.CPU, round));
    }
    Comparison comparison =
        Comparison.of(Fakes.report(new double[][] {{1, 1}, {1, 1}}), findings.report());
    assertThat(comparison.of(Verdict.SAME))
        .singleElement()
        .satisfies(each -> assertThat(each.margin()).isCloseTo(1.03 / 0.8 - 1, within(1e-12)));
  }

  @Test
  void theCommandSaysWhatIsSlowerAndInItsExitCode() throws IOException {
    Path first = folder.resolve("a.json");
    Path second = folder.resolve("b.json");
    write(report(1, 1), first);
    write(report(2, 1.5), second);
    StringWriter out = new StringWriter();
    assertThat(compare(out, first, second)).isEqualTo(1);
    assertThat(out.toString()).contains("slower", "200 cells in both: 1 slower, 0 faster, 199");
    assertThat(compare(new StringWriter(), second, first)).isZero();
    StringWriter json = new StringWriter();
    assertThat(compare(json, first, second, "--json")).isEqualTo(1);
    assertThat(Json.read("out", json.toString()).get("differences").items()).hasSize(CELLS);
  }

  @Test
  void cellsOfOneReportOnlyAreTold() throws IOException {
    Path first = folder.resolve("a.json");
    Path second = folder.resolve("b.json");
    double[][] cell = {{1, 1}};
    write(Fakes.report(cell, cell), first);
    write(Fakes.report(cell), second);
    StringWriter out = new StringWriter();
    assertThat(compare(out, first, second)).isZero();
    assertThat(out.toString()).contains("only in the first").contains("batch 2");
  }

  private static void write(SuiteReport report, Path file) throws IOException {
    Files.writeString(file, report.toJson());
  }

  private static int compare(StringWriter out, Path first, Path second, String... options) {
    CommandLine command = new CommandLine(new BenchCommands().command());
    String[] arguments = new String[3 + options.length];
    arguments[0] = "compare";
    arguments[1] = first.toString();
    arguments[2] = second.toString();
    System.arraycopy(options, 0, arguments, 3, options.length);
    return command.setOut(new PrintWriter(out)).execute(arguments);
  }
}
