package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.InputPath;
import io.github.deit4j.bench.cases.InputPath.Way;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Bench.Entrant;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.bench.measure.Watch;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** {@code deit bench data}. */
@Command(
    name = "data",
    description = {
      "Measures how many training images a core brings to a device: JPEG files of 500x375 pixels,"
          + " decoded and augmented, and packs of their pixels (deit pack --resize 256), augmented,"
          + " cut and mirrored, or only copied where the backend cuts and mirrors. One thread, the"
          + " ways in turns, files in the system's cache."
    })
final class DataCommand extends TimingCommand {
  private static final ResultTable<Measurement> TABLE =
      new ResultTable<>(
          "",
          "",
          List.of(
              Column.text("way", 27, each -> each.cell().op()),
              Column.number("images/s", Measurement::imagesPerSecond),
              Column.number("ms", each -> each.time().median() / each.cell().batch()),
              Column.number("p10", each -> each.time().p10() / each.cell().batch()),
              Column.number("p90", each -> each.time().p90() / each.cell().batch()),
              Column.text("disturbed", 9, each -> each.noisy() ? "perhaps" : "")));

  /** So many that their pixels, 262 KB each, do not stay in a cache. */
  int images = 384;

  /** Images of a sample, the least. */
  int batch = 32;

  @Override
  void run(Effort effort) throws IOException {
    List<Way> ways = Stream.of(Way.values()).filter(Way::isAvailable).toList();
    if (ways.size() < Way.values().length) {
      note("libjpeg-turbo is not installed: ways through it are left out");
    }
    Bench bench = new Bench(1, effort, Ceilings.NONE, new Watch());
    List<Measurement> found;
    try (InputPath path = new InputPath(images, batch)) {
      found = bench.contest(ways.stream().map(way -> entrant(path, way)).toList());
    }
    print(TABLE.head());
    for (Measurement each : found) {
      add(row(each));
      print(TABLE.line(each));
    }
  }

  private Entrant entrant(InputPath path, Way way) {
    int count = path.batch(way);
    List<Integer> shape = List.of(count, 3, InputPath.SIZE, InputPath.SIZE);
    Cell cell =
        new Cell(Section.DATA, "cpu", Precision.FP32, null, way.id(), count, shape, 1, false);
    return new Entrant(cell, Cost.NONE, Contender.of(() -> path.run(way)), null);
  }

  /** With the bytes that each image takes on its way to the device. */
  private static Map<String, Object> row(Measurement measured) {
    Map<String, Object> row = measured.toRow();
    Way way =
        Stream.of(Way.values())
            .filter(each -> each.id().equals(measured.cell().op()))
            .findFirst()
            .orElseThrow();
    row.put("bytes", (double) way.bytes() * measured.cell().batch());
    return row;
  }
}
