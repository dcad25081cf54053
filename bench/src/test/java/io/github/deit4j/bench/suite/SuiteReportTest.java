package io.github.deit4j.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.bench.Breakdown;
import io.github.deit4j.device.Precision;
import io.github.deit4j.json.JsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuiteReportTest {
  @TempDir Path folder;

  private final Results results = new Results(Fakes.environment("build"), Fakes.settings(2, 100));

  @BeforeEach
  void measure() {
    Trial ceilings = Fakes.trial(Trial.Kind.CEILINGS, 1, Fakes.CPU);
    results.add(Fakes.result(ceilings));
    Trial both = Fakes.trial(Trial.Kind.INFERENCE, 8, Fakes.CPU, Fakes.GPU);
    Round round = new Round(List.of(3.0, 1.0, 2.0), 100, null, new Memory(5, Memory.Kind.TENSORS));
    TrialResult.CellRound cell = Fakes.cell(both, Fakes.CPU, round);
    results.add(TrialResult.of(List.of(cell, Fakes.cell(both, Fakes.GPU, round)), List.of()));
    results.add(
        new TrialResult(
            List.of(),
            List.of(),
            List.of(
                new StepBreakdown(
                    cell.cell(),
                    5,
                    List.of(new Breakdown.Line("gelu", 12, 5, null, 3.25, null, 0.5, 1)))),
            List.of(new Absence("peer:pytorch", "not installed"))));
  }

  @Test
  void aCeilingIsTheBestOfAllRounds() {
    Trial trial = Fakes.trial(Trial.Kind.CEILINGS, 1, Fakes.CPU);
    List<Ceiling> before = results.report().ceilings();
    List<Ceiling> others = new ArrayList<>();
    others.add(before.get(0).withValue(before.get(0).value() + 1));
    others.add(before.get(1).withValue(before.get(1).value() - 1));
    results.add(new TrialResult(others, List.of(), List.of(), List.of()));
    assertThat(results.rounds(trial)).isEqualTo(2);
    assertThat(results.report().ceilings()).containsExactly(others.get(0), before.get(1));
  }

  @Test
  void jsonGivesBackTheReport() throws IOException {
    SuiteReport report = results.report();
    Path file = folder.resolve("suite.json");
    report.write(file);
    SuiteReport read = SuiteReport.read(file);
    assertThat(read.toJson()).isEqualTo(report.toJson());
    assertThat(read.environment()).isEqualTo(report.environment());
    assertThat(read.breakdowns()).isEqualTo(report.breakdowns());
    assertThat(read.measurements())
        .extracting(Measurement::cell)
        .containsExactlyElementsOf(report.measurements().stream().map(Measurement::cell).toList());
    assertThat(Results.of(read).report().toJson())
        .as("measured numbers are made of the rounds again")
        .isEqualTo(results.report().toJson().replace(absences(), "\"absences\": []"));
  }

  private static String absences() {
    return """
        "absences": [ {
            "what": "peer:pytorch",
            "why": "not installed"
          } ]""";
  }

  @Test
  void ratesFollowFromTheMedianAndTheCeilings() {
    Measurement cpu = results.report().measurements().getFirst();
    assertThat(cpu.time().median()).isEqualTo(2);
    assertThat(cpu.imagesPerSecond()).isEqualTo(4000);
    assertThat(cpu.gflops()).isEqualTo(8000);
    assertThat(cpu.peakFraction()).isEqualTo(40);
    assertThat(cpu.memory().bytes()).isEqualTo(5);
    Measurement gpu = results.report().measurements().getLast();
    assertThat(gpu.cell().precision()).isEqualTo(Precision.BF16);
    assertThat(gpu.peakFraction()).as("the ceilings are the processor's").isNull();
  }

  @Test
  void otherDocumentsAreRefused() throws IOException {
    Path file = folder.resolve("other.json");
    Files.writeString(file, "{\"format\": \"other\"}");
    assertThatThrownBy(() -> SuiteReport.read(file))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("deit4j-bench-suite");
    Files.writeString(file, results.report().toJson().replace("\"version\": 1", "\"version\": 2"));
    assertThatThrownBy(() -> SuiteReport.read(file)).hasMessageContaining("expected 1, found 2");
    Files.writeString(file, results.report().toJson().replace("\"bf16\"", "\"fp8\""));
    assertThatThrownBy(() -> SuiteReport.read(file))
        .hasMessageContaining("cell.precision: expected one of fp32, tf32, bf16");
  }

  @Test
  void csvHasALineForEachCellAndMarkdownAllThatIsAbsent() throws IOException {
    Reports.write(results.report(), folder);
    List<String> csv = Files.readAllLines(folder.resolve("suite.csv"));
    assertThat(csv).hasSize(3);
    assertThat(csv.getFirst().split(",", -1)).hasSameSizeAs(csv.get(1).split(",", -1));
    assertThat(csv.get(1))
        .startsWith("inference,cpu,fp32," + Fakes.TINY + ",,8,8x3x224x224,2,3,2.0,");
    assertThat(folder.resolve("suite.md"))
        .content()
        .contains("| peer:pytorch | not installed |", "| gelu | 12 |", "cuda:0 bf16");
  }
}
