package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.Devices;
import io.github.deit4j.device.Precision;
import java.util.List;
import java.util.Locale;

/**
 * What one row of the report is about, and by what rows of two reports are paired.
 *
 * @param backend {@code cpu}, {@code openblas}, {@code cuda:0} or {@code peer:NAME}
 * @param precision of matrix products
 * @param model registered name; null for the data path
 * @param op what is done, of a step's ops {@code PART/OP}; null for whole models
 * @param batch images
 * @param shape of an op its result, else the images
 * @param threads that computed, on the host
 */
public record Cell(
    Section section,
    String backend,
    Precision precision,
    String model,
    String op,
    int batch,
    List<Integer> shape,
    int threads) {
  /** Copies the shape. */
  public Cell {
    shape = List.copyOf(shape);
  }

  /** Returns the same at another batch on other threads. */
  Cell withBatch(int other, int otherThreads) {
    return new Cell(section, backend, precision, model, op, other, shape, otherThreads);
  }

  /** Returns what computes, with its precision where there are several: {@code cuda:0 bf16}. */
  public String contender() {
    return onDevice() ? backend + " " + precision.key() : backend;
  }

  /** Returns whether a device computes. */
  public boolean onDevice() {
    return Devices.isDevice(backend);
  }

  /** Returns one line that names the cell. */
  @Override
  public String toString() {
    return "%s%s%s, batch %d, %d thread%s, %s"
        .formatted(
            section.name().toLowerCase(Locale.ROOT),
            op == null ? "" : " " + op,
            model == null ? "" : " of " + model,
            batch,
            threads,
            threads == 1 ? "" : "s",
            contender());
  }
}
