package io.github.deit4j.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of metrics that is read while it grows, and is taken back, replaced and deleted. */
class MetricsTailTest {
  @TempDir Path folder;
  private Path file;
  private MetricsTail tail;

  @BeforeEach
  void begin() {
    file = folder.resolve("metrics.jsonl");
    tail = new MetricsTail(file);
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text, CREATE, APPEND);
  }

  private static String line(int step, double seconds) {
    return "{\"step\":%d,\"loss\":%d.5,\"seconds\":%s}\n".formatted(step, step, seconds);
  }

  private List<Double> steps() throws IOException {
    tail.read();
    return tail.curves().of("loss").stream().map(Curves.Point::step).toList();
  }

  @Test
  void everyLineIsReadOnceAndAHalfOneWhenItIsWhole() throws IOException {
    assertThat(steps()).as("no file yet").isEmpty();
    write(line(1, 0.1));
    assertThat(steps()).containsExactly(1.0);
    String second = line(2, 0.1);
    for (int i = 0; i < second.length(); i++) {
      write(second.substring(i, i + 1));
      assertThat(steps()).hasSize(i + 1 == second.length() ? 2 : 1);
    }
    write(line(3, 0.1) + line(4, 0.1) + "{\"st");
    assertThat(steps()).containsExactly(1.0, 2.0, 3.0, 4.0);
    assertThat(tail.curves().step()).isEqualTo(4);
    assertThat(tail.curves().unreadable()).isZero();
    assertThat(tail.whole().unreadable()).as("at its end").isEqualTo(1);
  }

  @Test
  void aRunThatIsResumedTakesItsLinesBack() throws IOException {
    write(line(1, 0.1) + line(2, 0.1) + line(3, 0.1));
    assertThat(steps()).hasSize(3);
    Files.writeString(file, line(1, 0.1));
    assertThat(steps()).containsExactly(1.0);
    write(line(2, 0.2) + line(3, 0.1) + line(4, 0.1));
    assertThat(steps()).hasSize(4);
    // Back to the first step and beyond what was read, between two looks.
    Files.writeString(file, line(1, 0.1) + line(2, 0.1) + line(3, 0.3));
    write(line(4, 0.3) + line(5, 0.3));
    assertThat(steps()).containsExactly(1.0, 2.0, 3.0, 4.0, 5.0);
    assertThat(tail.curves().of("seconds")).last().hasFieldOrPropertyWithValue("value", 0.3);
  }

  @Test
  void anotherRunInItsPlaceIsReadFromItsBeginning() throws IOException {
    write(line(1, 0.1) + line(2, 0.1));
    assertThat(steps()).hasSize(2);
    Files.delete(file);
    assertThat(steps()).isEmpty();
    write(line(7, 0.1) + line(8, 0.1) + line(9, 0.1));
    assertThat(steps()).containsExactly(7.0, 8.0, 9.0);
  }

  @Test
  void whatIsNoLineIsCountedAndLeftOut() throws IOException {
    byte[] damaged = line(2, 0.1).getBytes(UTF_8);
    damaged[2] = (byte) 0xc3;
    write(line(1, 0.1));
    Files.write(file, damaged, APPEND);
    write("x".repeat(3 << 20) + "\n" + line(3, 0.1));
    assertThat(steps()).containsExactly(1.0, 3.0);
    assertThat(tail.curves().unreadable()).isEqualTo(2);
  }
}
