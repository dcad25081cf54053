package io.github.deit4j.bench.suite;

import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The measurements as {@code suite.csv} (RFC 4180), a line each: the keys of {@code suite.json},
 * without the rounds.
 */
final class CsvWriter implements ReportWriter {
  private static final String FILE = "suite.csv";
  private static final String LINE_END = "\r\n";

  CsvWriter() {}

  @Override
  public void write(SuiteReport report, Path folder) throws IOException {
    StringBuilder csv = new StringBuilder();
    csv.append(
            "section,backend,precision,model,op,batch,shape,threads,samples,median_ms,p10_ms,"
                + "p90_ms,best_ms,gflops,gigabytes_per_second,images_per_second,peak_fraction,"
                + "roofline_fraction,flop,bytes,memory_bytes,memory_kind,noise")
        .append(LINE_END);
    report.measurements().forEach(each -> csv.append(line(each)).append(LINE_END));
    AtomicFiles.writeString(folder.resolve(FILE), csv.toString());
  }

  private static String line(Measurement measurement) {
    Map<String, Object> cell = RecordJson.object(measurement.cell());
    Map<String, Object> all = RecordJson.object(measurement);
    List<Object> values = new ArrayList<>();
    values.add(cell.get("section"));
    values.add(cell.get("backend"));
    values.add(cell.get("precision"));
    values.add(cell.get("model"));
    values.add(cell.get("op"));
    values.add(cell.get("batch"));
    values.add(
        measurement.cell().shape().stream()
            .map(size -> Integer.toString(size))
            .collect(Collectors.joining("x")));
    values.add(cell.get("threads"));
    Map<String, Object> time = RecordJson.object(measurement.time());
    List.of("samples", "median", "p10", "p90", "best").forEach(key -> values.add(time.get(key)));
    List.of(
            "gflops",
            "gigabytes_per_second",
            "images_per_second",
            "peak_fraction",
            "roofline_fraction",
            "flop",
            "bytes")
        .forEach(key -> values.add(all.get(key)));
    Memory memory = measurement.memory();
    values.add(memory == null ? null : memory.bytes());
    values.add(memory == null ? null : memory.kind().name().toLowerCase(Locale.ROOT));
    values.add(measurement.noise());
    return values.stream().map(CsvWriter::field).collect(Collectors.joining(","));
  }

  private static String field(Object value) {
    String text = value == null ? "" : value.toString();
    return text.matches("[^,\"\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
