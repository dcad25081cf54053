package io.github.deit4j.bench;

import static java.util.function.Predicate.not;

import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Watch.Noise;
import io.github.deit4j.device.Precision;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

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

  /** Reads a report; one of another version is an error. */
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

  /**
   * From which batch on a device has more images per second than the host's best backend, the
   * copies of images and results counted.
   *
   * @param precision of the device's matrix products; null where there is no device
   * @param fromBatch the smallest measured batch from which on it always wins; null for none
   */
  record Crossover(
      Section section, String model, Precision precision, Integer fromBatch, String explanation) {
    private static final Set<Section> MODELS = Set.of(Section.INFERENCE, Section.TRAIN_STEP);

    /** Returns one for each section, model and precision of the device; one per model without. */
    static List<Crossover> find(List<Measurement> measurements) {
      Map<List<Object>, List<Measurement>> byModel =
          measurements.stream()
              .filter(each -> MODELS.contains(each.cell().section()))
              .filter(each -> !each.cell().backend().startsWith("peer:"))
              .collect(
                  Collectors.groupingBy(
                      each -> List.of(each.cell().section(), each.cell().model()),
                      LinkedHashMap::new,
                      Collectors.toList()));
      List<Crossover> found = new ArrayList<>();
      for (List<Measurement> own : byModel.values()) {
        Cell any = own.getFirst().cell();
        NavigableMap<Integer, Double> host = rates(own, not(Cell::device));
        Set<Precision> precisions = new TreeSet<>();
        own.stream()
            .map(Measurement::cell)
            .filter(Cell::device)
            .forEach(each -> precisions.add(each.precision()));
        for (Precision each : precisions) {
          NavigableMap<Integer, Double> device =
              rates(own, cell -> cell.device() && cell.precision() == each);
          found.add(of(any.section(), any.model(), each, host, device));
        }
        if (precisions.isEmpty()) {
          found.add(new Crossover(any.section(), any.model(), null, null, "no GPU"));
        }
      }
      return found;
    }

    private static NavigableMap<Integer, Double> rates(
        List<Measurement> all, Predicate<Cell> which) {
      NavigableMap<Integer, Double> rates = new TreeMap<>();
      all.stream()
          .filter(each -> which.test(each.cell()))
          .forEach(each -> rates.merge(each.cell().batch(), each.imagesPerSecond(), Math::max));
      return rates;
    }

    private static Crossover of(
        Section section,
        String model,
        Precision precision,
        NavigableMap<Integer, Double> host,
        NavigableMap<Integer, Double> device) {
      device.keySet().retainAll(host.keySet());
      if (device.isEmpty()) {
        return new Crossover(section, model, precision, null, "no batch was measured on both");
      }
      Integer from = null;
      for (int batch : device.descendingKeySet()) {
        if (device.get(batch) <= host.get(batch)) {
          break;
        }
        from = batch;
      }
      int shown = from == null ? device.lastKey() : from;
      String rates =
          String.format(
              Locale.ROOT,
              "%sbatch %d: device %.1f images/s, host %.1f",
              from == null ? "never: " : "",
              shown,
              device.get(shown),
              host.get(shown));
      return new Crossover(section, model, precision, from, rates);
    }
  }
}
