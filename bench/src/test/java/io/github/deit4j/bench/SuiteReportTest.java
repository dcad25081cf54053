package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Measurement.Round;
import io.github.deit4j.bench.measure.Measurement.Round.Memory;
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
  private static final String ABSENCES =
      "\"absences\":[{\"what\":\"peer:pytorch\",\"why\":\"not installed\"}]";

  @TempDir Path folder;

  private final Findings findings = Fakes.findings(2, 100);

  @BeforeEach
  void measure() {
    Trial ceilings = Fakes.trial(Trial.Kind.CEILINGS, 1, Fakes.CPU);
    findings.add(Fakes.result(ceilings));
    Trial both = Fakes.trial(Trial.Kind.INFERENCE, 8, Fakes.CPU, Fakes.GPU);
    Round round = new Round(List.of(3.0, 1.0, 2.0), 100, null, new Memory(5, Memory.Kind.TENSORS));
    findings.add(Fakes.part(both, Fakes.CPU, round));
    findings.add(Fakes.part(both, Fakes.GPU, round));
    findings.add(
        new Findings.Part(
            List.of(),
            List.of(),
            List.of(
                new Breakdown(
                    Fakes.measurement(both, Fakes.CPU, round).cell(),
                    5,
                    List.of(new Breakdown.Line("gelu", 12, 5, null, 3.25, null, 0.5, 1)))),
            List.of(new SuiteReport.Absence("peer:pytorch", "not installed"))));
  }

  @Test
  void aCeilingIsTheBestOfAllRounds() {
    Trial trial = Fakes.trial(Trial.Kind.CEILINGS, 1, Fakes.CPU);
    List<Ceiling> before = findings.report().ceilings();
    List<Ceiling> others = new ArrayList<>();
    others.add(before.get(0).withValue(before.get(0).value() + 1));
    others.add(before.get(1).withValue(before.get(1).value() - 1));
    findings.add(new Findings.Part(others, List.of(), List.of(), List.of()));
    assertThat(findings.rounds(trial)).isEqualTo(2);
    assertThat(findings.report().ceilings()).containsExactly(others.get(0), before.get(1));
  }

  @Test
  void jsonGivesBackTheReport() throws IOException {
    SuiteReport report = findings.report();
    Path file = folder.resolve("suite.json");
    Files.writeString(file, report.toJson());
    SuiteReport read = SuiteReport.read(file);
    assertThat(read.toJson()).isEqualTo(report.toJson());
    assertThat(read.environment()).isEqualTo(report.environment());
    assertThat(read.breakdowns()).isEqualTo(report.breakdowns());
    assertThat(read.measurements())
        .extracting(Measurement::cell)
        .containsExactlyElementsOf(report.measurements().stream().map(Measurement::cell).toList());
    assertThat(Findings.of(read).report().toJson())
        .as("measured numbers are made of the rounds again")
        .isEqualTo(findings.report().toJson().replace(ABSENCES, "\"absences\":[]"));
  }

  @Test
  void ratesFollowFromTheMedianAndTheCeilings() {
    Measurement cpu = findings.report().measurements().getFirst();
    assertThat(cpu.time().median()).isEqualTo(2);
    assertThat(cpu.imagesPerSecond()).isEqualTo(4000);
    assertThat(cpu.gflops()).isEqualTo(8000);
    assertThat(cpu.peakFraction()).isEqualTo(40);
    assertThat(cpu.memory().bytes()).isEqualTo(5);
    Measurement gpu = findings.report().measurements().getLast();
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
    Files.writeString(file, findings.report().toJson().replace("\"version\":1", "\"version\":2"));
    assertThatThrownBy(() -> SuiteReport.read(file)).hasMessageContaining("expected 1, found 2");
    Files.writeString(file, findings.report().toJson().replace("\"bf16\"", "\"fp8\""));
    assertThatThrownBy(() -> SuiteReport.read(file))
        .hasMessageContaining("cell.precision: expected one of fp32, tf32, bf16");
  }

  @Test
  void csvHasALineForEachCellAndMarkdownAllThatIsAbsent() throws IOException {
    SuiteFiles.write(findings.report(), folder);
    List<String> csv = Files.readAllLines(folder.resolve("suite.csv"));
    assertThat(csv).hasSize(3);
    assertThat(csv.getFirst().split(",", -1)).hasSameSizeAs(csv.get(1).split(",", -1));
    assertThat(csv.get(1))
        .startsWith("inference,cpu,fp32," + Fakes.TINY + ",,8,8x3x224x224,2,3,2.0,");
    assertThat(folder.resolve("suite.md"))
        .content()
        .contains("|        1 | peer:pytorch | not installed |", "| gelu |    12 |", "cuda:0 bf16");
  }
}
