package io.github.deit4j.bench.report;

import io.github.deit4j.bench.suite.Ceiling;
import io.github.deit4j.bench.suite.Cell;
import io.github.deit4j.bench.suite.Measurement;
import io.github.deit4j.bench.suite.Section;
import io.github.deit4j.bench.suite.SuiteReport;
import io.github.deit4j.device.Precision;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;

/** A report, and what all its parts ask of it. */
final class Results {
  private final SuiteReport report;
  private final List<String> contenders;
  private final int threads;

  Results(SuiteReport report) {
    this.report = report;
    this.contenders =
        report.measurements().stream().map(each -> each.cell().contender()).distinct().toList();
    this.threads = report.settings().threads().getLast();
  }

  SuiteReport report() {
    return report;
  }

  /** Returns the thread count of all that is not about scaling. */
  int threads() {
    return threads;
  }

  /** Returns a contender's style, the same in all plots. */
  int style(String contender) {
    return contenders.indexOf(contender);
  }

  /** Returns the measurements of a section at all thread counts. */
  Stream<Measurement> all(Section section) {
    return report.measurements().stream().filter(each -> each.cell().section() == section);
  }

  /** Returns the measurements of a section with as many threads as there are. */
  List<Measurement> main(Section section) {
    return all(section).filter(each -> each.cell().threads() == threads).toList();
  }

  /** Returns the distinct values of the measurements' cells, in the report's order. */
  static <T> List<T> distinct(List<Measurement> measurements, Function<Cell, T> of) {
    return measurements.stream().map(each -> of.apply(each.cell())).distinct().toList();
  }

  /** Returns a limit of what computes a cell; of the host, with the cell's threads. */
  OptionalDouble ceiling(Ceiling.Kind kind, Cell cell) {
    String backend = cell.onDevice() ? cell.backend() : "cpu";
    Precision precision =
        kind == Ceiling.Kind.ARITHMETIC && cell.onDevice() ? cell.precision() : Precision.FP32;
    return report.ceilings().stream()
        .filter(each -> each.kind() == kind && each.backend().equals(backend))
        .filter(each -> each.precision() == precision)
        .filter(each -> cell.onDevice() || each.threads() == cell.threads())
        .mapToDouble(Ceiling::value)
        .findFirst();
  }
}
