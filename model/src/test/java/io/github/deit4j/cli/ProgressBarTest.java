package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
  void isSilentWhereNobodyWatchesOrWants() {
    for (boolean interactive : new boolean[] {true, false}) {
      try (ProgressBar bar = bar(interactive, interactive)) {
        bar.update(1000);
      }
    }
    assertThat(err.toString()).isEmpty();
  }
}
