package io.github.deit4j.bench.suite;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.AtomicFiles;
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
 * @param absences what is not in the report, and why
 */
public record SuiteReport(
    Environment environment,
    Settings settings,
    List<Ceiling> ceilings,
    List<Measurement> measurements,
    List<StepBreakdown> breakdowns,
    List<Crossover> crossovers,
    List<Absence> absences) {
  /** Name of the file in the suite's folder. */
  public static final String FILE = "suite.json";

  /** Changes when readers of the file must. */
  static final int VERSION = 1;

  private static final String FORMAT = "deit4j-bench-suite";

  /** Copies the lists. */
  public SuiteReport {
    ceilings = List.copyOf(ceilings);
    measurements = List.copyOf(measurements);
    breakdowns = List.copyOf(breakdowns);
    crossovers = List.copyOf(crossovers);
    absences = List.copyOf(absences);
  }

  /** Returns the report as JSON. */
  public String toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("format", FORMAT);
    json.put("version", VERSION);
    json.putAll(RecordJson.object(this));
    return JsonWriter.pretty(json);
  }

  /**
   * Writes the report as JSON; a reader finds the old file or the new one.
   *
   * @throws io.github.deit4j.weights.CannotWriteException if the file cannot be written
   */
  public void write(Path file) throws IOException {
    AtomicFiles.writeString(file, toJson());
  }

  /**
   * Reads what {@link #write} has written.
   *
   * @throws JsonException if the file is no report of this version
   * @throws IOException if the file cannot be read
   */
  public static SuiteReport read(Path file) throws IOException {
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
