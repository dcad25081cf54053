package io.github.deit4j.bench.suite;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Tells people what is measured and how long it still takes. */
final class Progress {
  private static final int MOST_SHOWN = 6;

  private final PrintWriter err;

  Progress(PrintWriter err) {
    this.err = err;
  }

  void begin(Trial trial, int round, int rounds, double secondsLeft) {
    long left = Math.round(secondsLeft);
    say("round %d of %d, %d:%02d left: %s".formatted(round, rounds, left / 60, left % 60, trial));
  }

  void end(TrialResult result) {
    for (Ceiling each : result.ceilings()) {
      say(
          String.format(
              Locale.ROOT,
              "  %s %s %s: %.1f %s",
              each.backend(),
              each.precision().key(),
              each.kind().name().toLowerCase(Locale.ROOT),
              each.value(),
              each.kind().unit()));
    }
    result.cells().stream().limit(MOST_SHOWN).forEach(this::show);
    if (result.cells().size() > MOST_SHOWN) {
      say("  and %d more".formatted(result.cells().size() - MOST_SHOWN));
    }
    result.absences().forEach(each -> say("  not: " + each.what() + ": " + each.why()));
  }

  private void show(TrialResult.CellRound each) {
    Timing time = Timing.of(List.of(each.round()));
    String op = each.cell().op() == null ? "" : " " + each.cell().op();
    say(String.format(Locale.ROOT, "  %s%s: %.4g ms", each.cell().contender(), op, time.median()));
  }

  void failed(String why) {
    say("  failed: " + why);
  }

  void say(String message) {
    err.println(message);
    err.flush();
  }
}
