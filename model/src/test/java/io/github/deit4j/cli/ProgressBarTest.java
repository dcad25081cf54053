package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressBarTest {
  private static final long SECOND = 1_000_000_000;

  private final StringWriter err = new StringWriter();
  private long now = SECOND;

  private ProgressBar bar(boolean interactive, boolean silent) {
    PrintWriter writer = new PrintWriter(err);
    Terminal terminal = new Terminal(writer, writer, interactive, Map.of());
    return new ProgressBar(terminal, silent, "training", "images", 1000, () -> now);
  }

  @Test
  void showsRateAndRemainingTime() {
    try (ProgressBar bar = bar(true, false)) {
      bar.update(400);
      assertThat(err.toString()).endsWith("400/1,000 images").doesNotContain("left");
      now += 2 * SECOND;
      bar.update(500);
      assertThat(err.toString()).endsWith("500/1,000 images, 50.0/s, 0:00:10 left");
    }
    assertThat(err.toString()).endsWith("\r\033[K");
  }

  @Test
  void drawsSeldom() {
    try (ProgressBar bar = bar(true, false)) {
      bar.update(0);
      bar.update(1);
      assertThat(err.toString()).doesNotContain(" 1/1,000");
      bar.update(1000);
      assertThat(err.toString()).contains("1,000/1,000");
    }
  }

  @Test
  void messagesReplaceTheLine() {
    try (ProgressBar bar = bar(true, false)) {
      bar.update(1);
      bar.say("hello");
      assertThat(err.toString()).endsWith("\r\033[Kdeit: hello" + System.lineSeparator());
    }
  }

  @Test
  void writesALineEveryHalfMinuteWhereThereIsNoTerminal() {
    try (ProgressBar bar = bar(false, false)) {
      bar.update(100);
      now += 29 * SECOND;
      bar.update(390);
      assertThat(err.toString()).isEmpty();
      now += SECOND;
      bar.update(400);
      assertThat(err.toString())
          .isEqualTo("deit: training 400/1,000 images, 10.0/s, 0:01:00 left%n".formatted());
      now += 20 * SECOND;
      bar.say("epoch 1");
      now += 20 * SECOND;
      bar.update(500);
      assertThat(err.toString())
          .as("a message is a sign of life")
          .endsWith("epoch 1%n".formatted());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {80, 100, 60, 40})
  void fitsTheTerminal(int columns) {
    PrintWriter writer = new PrintWriter(err);
    var told = columns == 80 ? Map.<String, String>of() : Map.of("COLUMNS", "" + columns);
    Terminal terminal = new Terminal(writer, writer, true, told);
    long total = 384_350_100;
    try (ProgressBar bar =
        new ProgressBar(terminal, false, "training", "images", total, () -> now)) {
      bar.update(0);
      now += 1000 * SECOND;
      bar.update(1_234_567);
    }
    String drawn = err.toString().split("\r\033\\[K", -1)[2];
    assertThat(drawn.length()).isLessThan(columns);
    if (columns > 75) {
      assertThat(drawn).contains("·····", "1,234,567/384,350,100 images, 1234.6/s, 86:12:04 left");
    } else {
      assertThat(drawn).startsWith("training 1,234,567/384,350,100");
    }
  }

  @Test
  void isSilentWhereNobodyWatchesOrWants() {
    for (boolean interactive : new boolean[] {true, false}) {
      try (ProgressBar bar = bar(interactive, interactive)) {
        bar.update(1000);
      }
    }
    assertThat(err.toString()).isEmpty();
  }
}
