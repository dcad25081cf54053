package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.Findings.Part;
import io.github.deit4j.bench.SuiteReport.Absence;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.cli.ExitCode;
import io.github.deit4j.cli.UsageException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command with a runner that measures nothing, on whatever machine this is. */
class SuiteCommandTest {
  @TempDir Path folder;

  private final StringWriter err = new StringWriter();
  private final List<Trial> runs = new ArrayList<>();
  private Exception failure;
  private int stopAfter = Integer.MAX_VALUE;
  private boolean failing;

  private int suite(String... options) {
    SuiteCommand command =
        new SuiteCommand(
            (_, _, _) ->
                (trial, _) -> {
                  if (runs.size() >= stopAfter) {
                    throw new InterruptedException();
                  }
                  runs.add(trial);
                  return failing
                      ? Part.of(List.of(), List.of(new Absence(trial.toString(), "no time")))
                      : Fakes.result(trial);
                });
    List<String> arguments =
        new ArrayList<>(
            List.of("--out", out().toString(), "--peers", folder.resolve("none").toString()));
    arguments.addAll(List.of(options));
    return new CommandLine(command)
        .setErr(new PrintWriter(err))
        .setExecutionExceptionHandler(
            (e, _, _) -> {
              failure = e;
              return ExitCode.INTERNAL;
            })
        .execute(arguments.toArray(String[]::new));
  }

  private Path out() {
    return folder.resolve("out");
  }

  private SuiteReport report() throws IOException {
    return SuiteReport.read(out().resolve(SuiteReport.FILE));
  }

  @Test
  void minutesAndRoundsReplaceTheUsualOnes() throws IOException {
    stopAfter = 1;
    assertThat(suite("--minutes", "30", "--rounds", "3")).isEqualTo(ExitCode.STOPPED);
    assertThat(report().settings().budgetSeconds()).isEqualTo(30 * 60);
    assertThat(report().settings().rounds()).isEqualTo(3);
    assertThat(report().settings().quick()).isFalse();
  }

  @Test
  void noTimeOrNoRoundIsAnError() {
    for (String option : List.of("--minutes", "--rounds")) {
      assertThat(suite(option, "0")).isEqualTo(ExitCode.INTERNAL);
      assertThat(failure)
          .isInstanceOf(UsageException.class)
          .hasMessage(option + ": expected a number from 1 to 10080, found 0");
      assertThat(out()).doesNotExist();
    }
  }

  @Test
  void withoutDeviceAndPeersTheReportIsWholeAndSaysWhatIsAbsent() throws IOException {
    assertThat(suite("--quick")).isEqualTo(ExitCode.OK);
    SuiteReport report = report();
    assertThat(report.absences())
        .extracting(Absence::what)
        .contains("cuda", "peer:pytorch", "peer:onnxruntime");
    assertThat(report.measurements())
        .extracting(each -> each.cell().section())
        .contains(Section.values());
    assertThat(report.breakdowns()).as("%s", report.absences()).isNotEmpty();
    assertThat(report.ceilings()).isNotEmpty();
    assertThat(report.crossovers())
        .isNotEmpty()
        .allSatisfy(each -> assertThat(each.explanation()).isEqualTo("no GPU"));
    assertThat(report.environment().backends()).containsKey("cpu");
    assertThat(report.environment().build()).hasSize(16);
    assertThat(out()).isDirectoryContaining("glob:**/suite.csv");
    assertThat(out().resolve("suite.md")).content().contains("## Absent", "## Inference");
  }

  @Test
  void whereNothingCouldBeMeasuredTheReportSaysSo() throws IOException {
    failing = true;
    assertThat(suite("--quick")).isEqualTo(ExitCode.OK);
    assertThat(report().measurements()).isEmpty();
    assertThat(report().absences())
        .extracting(Absence::why)
        .filteredOn("no time"::equals)
        .hasSameSizeAs(runs);
    assertThat(out().resolve("suite.md")).content().contains("## Absent", "no time");
    assertThat(out()).isDirectoryContaining("glob:**/report.html");
  }

  @Test
  void resumeMeasuresWhatIsMissing() throws IOException {
    stopAfter = 5;
    assertThat(suite("--quick")).isEqualTo(ExitCode.STOPPED);
    assertThat(report().absences()).extracting(Absence::what).contains("the rest");
    List<Trial> first = List.copyOf(runs);
    stopAfter = Integer.MAX_VALUE;
    runs.clear();
    assertThat(suite("--quick", "--resume")).isEqualTo(ExitCode.OK);
    assertThat(runs)
        .filteredOn(first::contains)
        .as("their second round")
        .containsExactlyElementsOf(first);
    assertThat(runs).hasSizeGreaterThan(first.size());
    assertThat(report().absences()).extracting(Absence::what).doesNotContain("the rest");
    assertThat(report().measurements())
        .allSatisfy(each -> assertThat(each.rounds().size()).isGreaterThanOrEqualTo(2));
  }

  @Test
  void resumeRefusesAnotherBuildAndSaysSo() throws IOException {
    stopAfter = 2;
    suite("--quick");
    Path file = out().resolve(SuiteReport.FILE);
    String build = report().environment().build();
    Files.writeString(file, Files.readString(file).replace(build, "0123456789abcdef"));
    suite("--quick", "--resume");
    assertThat(failure)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("build: " + build + ", then 0123456789abcdef");
    suite("--resume");
    assertThat(failure).hasMessageContaining("settings: ");
  }

  @Test
  void nothingIsOverwritten() throws IOException {
    Files.createDirectories(out());
    Files.writeString(out().resolve("precious"), "");
    suite("--quick");
    assertThat(failure).isInstanceOf(UsageException.class).hasMessageContaining("precious");
    assertThat(runs).isEmpty();
  }

  @Test
  void whoStopsItBeforeAnythingWasMeasuredGetsNoReport() {
    stopAfter = 0;
    assertThat(suite("--quick")).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(out()).isEmptyDirectory();
  }
}
