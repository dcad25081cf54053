package io.github.deit4j.bench;

import static java.util.function.Predicate.not;

import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.device.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * From which batch on a device has more images per second than the host's best backend, the copies
 * of images and results counted.
 *
 * @param precision of the device's matrix products; null where there is no device
 * @param fromBatch the smallest measured batch from which on it always wins; null if there is none
 */
record Crossover(
    Section section, String model, Precision precision, Integer fromBatch, String explanation) {
  /** Returns one for each section, model and precision of the device; one per model without. */
  static List<Crossover> find(List<Measurement> measurements) {
    List<Crossover> found = new ArrayList<>();
    for (Section section : List.of(Section.INFERENCE, Section.TRAIN_STEP)) {
      List<Measurement> ours =
          measurements.stream()
              .filter(each -> each.cell().section() == section)
              .filter(each -> !each.cell().backend().startsWith("peer:"))
              .toList();
      for (String model : ours.stream().map(each -> each.cell().model()).distinct().toList()) {
        List<Measurement> own =
            ours.stream().filter(each -> each.cell().model().equals(model)).toList();
        NavigableMap<Integer, Double> host = rates(own, not(Cell::device));
        List<Precision> precisions =
            own.stream()
                .map(Measurement::cell)
                .filter(Cell::device)
                .map(Cell::precision)
                .distinct()
                .sorted()
                .toList();
        for (Precision each : precisions) {
          NavigableMap<Integer, Double> device =
              rates(own, cell -> cell.device() && cell.precision() == each);
          found.add(of(section, model, each, host, device));
        }
        if (precisions.isEmpty()) {
          found.add(new Crossover(section, model, null, null, "no GPU"));
        }
      }
    }
    return found;
  }

  private static NavigableMap<Integer, Double> rates(List<Measurement> all, Predicate<Cell> which) {
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
