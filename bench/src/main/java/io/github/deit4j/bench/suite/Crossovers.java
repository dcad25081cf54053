package io.github.deit4j.bench.suite;

import io.github.deit4j.device.Precision;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Finds from which batch on the device wins. */
final class Crossovers {
  private static final String PEER = "peer:";

  private final List<Measurement> measurements;

  /**
   * Looks at measurements.
   *
   * @param measurements those on all of the host's threads
   */
  Crossovers(List<Measurement> measurements) {
    this.measurements =
        measurements.stream()
            .filter(each -> !each.cell().backend().startsWith(PEER))
            .filter(each -> each.imagesPerSecond() != null)
            .toList();
  }

  /** Returns one for each section, model and precision of the device; one per model without. */
  List<Crossover> find() {
    List<Crossover> found = new ArrayList<>();
    for (Section section : List.of(Section.INFERENCE, Section.TRAIN_STEP)) {
      Set<String> models = new LinkedHashSet<>();
      measurements.stream()
          .map(Measurement::cell)
          .filter(cell -> cell.section() == section)
          .forEach(cell -> models.add(cell.model()));
      for (String model : models) {
        found.addAll(of(section, model));
      }
    }
    return found;
  }

  private List<Crossover> of(Section section, String model) {
    List<Measurement> all =
        measurements.stream()
            .filter(each -> each.cell().section() == section)
            .filter(each -> model.equals(each.cell().model()))
            .toList();
    Set<Precision> precisions = EnumSet.noneOf(Precision.class);
    all.stream()
        .map(Measurement::cell)
        .filter(Cell::onDevice)
        .forEach(cell -> precisions.add(cell.precision()));
    if (precisions.isEmpty()) {
      return List.of(new Crossover(section, model, null, null, "no GPU"));
    }
    Map<Integer, Double> host = new TreeMap<>();
    all.stream().filter(each -> !each.cell().onDevice()).forEach(each -> best(host, each));
    return precisions.stream()
        .map(precision -> crossover(section, model, precision, host, all))
        .toList();
  }

  private static void best(Map<Integer, Double> rates, Measurement measurement) {
    rates.merge(measurement.cell().batch(), measurement.imagesPerSecond(), Math::max);
  }

  private static Crossover crossover(
      Section section,
      String model,
      Precision precision,
      Map<Integer, Double> host,
      List<Measurement> all) {
    TreeMap<Integer, Double> device = new TreeMap<>();
    all.stream()
        .filter(each -> each.cell().onDevice() && each.cell().precision() == precision)
        .forEach(each -> best(device, each));
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
            "batch %d: device %.1f images/s, host %.1f",
            shown,
            device.get(shown),
            host.get(shown));
    return new Crossover(section, model, precision, from, from == null ? "never: " + rates : rates);
  }
}
