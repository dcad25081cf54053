package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.measure.Ceiling;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Watch.Noise;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a run of the suite has found. {@code suite.json} holds it: a record is an object with
 * its components' names in snake case, an enumeration's value its name in lower case, numbers have
 * six digits.
 *
 * @param measurements in the order of {@link Section} and of the plan
 */
record SuiteReport(
    Testbed environment,
    Settings settings,
    List<Ceiling> ceilings,
    List<Measurement> measurements,
    List<Breakdown> breakdowns,
    List<Crossover> crossovers,
    List<Absence> absences) {
  static final String FILE = "suite.json";

  /** Changes when readers of the file must. */
  private static final int VERSION = 1;

  private static final String FORMAT = "deit4j-bench-suite";

  /**
   * How a suite was run.
   *
   * @param budgetSeconds for all of it; what would go past it is left out
   * @param threads the thread counts; the last is that of all tables but scaling
   */
  record Settings(boolean quick, int rounds, int budgetSeconds, List<Integer> threads) {}

  /** Something that the report could have and has not. */
  record Absence(String what, String why) {}

  List<Measurement> of(Section section) {
    return measurements.stream().filter(each -> each.cell().section() == section).toList();
  }

  Noise noise() {
    return Noise.of(measurements.stream().flatMap(each -> each.rounds().stream()));
  }

  String toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("format", FORMAT);
    json.put("version", VERSION);
    json.putAll(RecordJson.object(this));
    return JsonWriter.compact(json) + "\n";
  }

  /**
   * Reads a report.
   *
   * @throws JsonException if the file is no report of this version
   */
  static SuiteReport read(Path file) throws IOException {
    JsonValue json = Json.read(file);
    if (!FORMAT.equals(json.get("format").value())) {
      throw json.get("format").error("expected \"" + FORMAT + "\", a report of deit bench suite");
    }
    if (json.get("version").asInt() != VERSION) {
      throw json.get("version")
          .error(
              "expected %d, found %d: read it with the deit4j that wrote it"
                  .formatted(VERSION, json.get("version").asInt()));
    }
    return RecordJson.read(json, SuiteReport.class);
  }
}
