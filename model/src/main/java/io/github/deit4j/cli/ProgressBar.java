package io.github.deit4j.cli;

import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * A line on standard error that tells how far work has come, how fast it goes and how long the rest
 * will take. On a terminal it is drawn over and over, within its width; into a file or pipe a new
 * one is written every half minute.
 */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 30;

  /** A shorter bar tells nothing. */
  private static final int LEAST_WIDTH = 5;

  /** Columns of a terminal that does not tell. */
  private static final int COLUMNS = 80;

  private static final double NANOS = 1e9;
  private static final long REDRAW_NANOS = 100_000_000;

  /** After so long in silence a file or pipe gets a line. */
  private static final long QUIET_NANOS = 30_000_000_000L;

  private static final String CLEAR_LINE = "\r\033[K";

  private final Terminal terminal;
  private final boolean visible;
  private final boolean silent;
  private final String label;
  private final String unit;
  private final long total;
  private final LongSupplier clock;
  private long begin;
  private long from = -1;
  private long drawn;
  private long lastLine;

  /** Shows nothing if {@code silent}; the unit is what is counted, such as {@code images}. */
  ProgressBar(Terminal terminal, boolean silent, String label, String unit, long total) {
    this(terminal, silent, label, unit, total, System::nanoTime);
  }

  ProgressBar(
      Terminal terminal,
      boolean silent,
      String label,
      String unit,
      long total,
      LongSupplier clock) {
    this.terminal = terminal;
    this.visible = terminal.interactive() && !silent;
    this.silent = silent;
    this.label = label;
    this.unit = unit;
    this.total = total;
    this.clock = clock;
  }

  /** Shows how much is done in all. The first call tells where the work begins. */
  void update(long done) {
    long now = clock.getAsLong();
    if (from < 0) {
      from = done;
      begin = now;
      lastLine = now;
    }
    if (visible && (drawn == 0 || now - drawn >= REDRAW_NANOS || done == total)) {
      drawn = now;
      draw(CLEAR_LINE + line(done, now));
    } else if (!visible && !silent && now - lastLine >= QUIET_NANOS) {
      lastLine = now;
      terminal.say(label + " " + numbers(done, now));
    }
  }

  private String line(long done, long now) {
    String numbers = numbers(done, now);
    int room = columns() - 1 - label.length() - numbers.length() - 2;
    int width = Math.min(WIDTH, room);
    if (width < LEAST_WIDTH) {
      String line = label + " " + numbers;
      return line.substring(0, Math.min(line.length(), columns() - 1));
    }
    int filled = (int) (width * done / Math.max(total, 1));
    String bar = "█".repeat(filled) + "·".repeat(width - filled);
    return label + " " + bar + " " + numbers;
  }

  /** Shells tell the width if asked to. */
  private int columns() {
    String told = terminal.environment().getOrDefault("COLUMNS", "");
    return told.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(told) : COLUMNS;
  }

  private String numbers(long done, long now) {
    String line = String.format(Locale.ROOT, "%,d/%,d %s", done, total, unit);
    if (done == from) {
      return line;
    }
    double rate = (done - from) * NANOS / Math.max(now - begin, 1);
    String left = time((total - done) / rate);
    return line + String.format(Locale.ROOT, ", %.1f/s, %s left", rate, left);
  }

  /** Returns hours, minutes and seconds. */
  static String time(double seconds) {
    long s = Math.round(seconds);
    return "%d:%02d:%02d".formatted(s / 3600, s / 60 % 60, s % 60);
  }

  /** Writes a message in the line's place; the next update draws the line below. */
  void say(String message) {
    close();
    lastLine = clock.getAsLong();
    terminal.say(message);
  }

  @Override
  public void close() {
    if (visible) {
      draw(CLEAR_LINE);
    }
  }

  private void draw(String text) {
    terminal.err().print(text);
    terminal.err().flush();
  }
}
