package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.DatasetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

class CsvReaderTest {
  private static List<List<String>> read(String text) throws DatasetException {
    List<List<String>> rows = new ArrayList<>();
    var reader = new CsvReader("list.csv", text);
    for (List<String> row = reader.next(); row != null; row = reader.next()) {
      rows.add(row);
    }
    return rows;
  }

  private static String write(List<List<String>> rows, Random random) {
    return rows.stream()
        .map(row -> row.stream().map(f -> write(f, random)).collect(Collectors.joining(",")))
        .map(line -> line + (random.nextBoolean() ? "\n" : "\r\n"))
        .collect(Collectors.joining());
  }

  private static String write(String field, Random random) {
    boolean plain = field.codePoints().noneMatch(c -> ",\"\r\n".indexOf(c) >= 0);
    return plain && random.nextBoolean() ? field : '"' + field.replace("\"", "\"\"") + '"';
  }

  /** Whatever RFC 4180 can write comes back. */
  @RepeatedTest(200)
  void readsWhatWasWritten(RepetitionInfo repetition) throws DatasetException {
    var random = new Random(repetition.getCurrentRepetition());
    List<List<String>> rows = new ArrayList<>();
    for (int row = random.nextInt(6); row >= 0; row--) {
      List<String> fields = new ArrayList<>();
      for (int field = random.nextInt(4); field >= 0; field--) {
        fields.add(
            random
                .ints(random.nextInt(5), 0, 8)
                .mapToObj(i -> "a,\"\r\n \uFFFFé".substring(i, i + 1))
                .collect(Collectors.joining()));
      }
      rows.add(fields);
    }
    assertThat(read(write(rows, random))).isEqualTo(rows);
  }
}
