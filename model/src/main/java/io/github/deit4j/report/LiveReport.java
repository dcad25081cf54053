package io.github.deit4j.report;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;

/**
 * The page of {@link HtmlReport} for a run that may go on, with how far it is on top: from its
 * files alone, which may be there in part, be taken back, or vanish. To be used by one thread at a
 * time.
 */
public final class LiveReport {
  /** How long a run says nothing before the page does. */
  private static final Duration QUIET = Duration.ofMinutes(2);

  /** Steps by whose mean the speed is told. */
  private static final int RECENT = 20;

  private static final String EVALUATION = "evaluation ";

  private final Path folder;
  private final Clock clock;
  private final MetricsTail tail;
  private boolean seen;

  /** Will show the run in a folder, which need not be there yet. */
  public LiveReport(Path folder) {
    this(folder, Clock.systemUTC());
  }

  LiveReport(Path folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
    this.tail = new MetricsTail(folder.resolve(RunFolder.METRICS));
    this.seen = Files.exists(folder.resolve(RunFolder.RECIPE));
  }

  /**
   * Returns the whole page.
   *
   * @param body what {@link #body} has returned
   * @throws IOException if uPlot's jar is not on the class path
   */
  public String page(String body) throws IOException {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return HtmlPage.live("Run " + (name == null ? folder : name), body);
  }

  /**
   * Returns what changes on the page: what there is to read now.
   *
   * @throws IOException if files cannot be read that are there
   */
  public String body() throws IOException {
    try {
      HtmlReport report = new HtmlReport(folder);
      seen = true;
      tail.read();
      Curves curves = tail.curves();
      return state(curves, report) + report.body(curves, Optional.empty(), "");
    } catch (NoSuchFileException e) {
      String problem = e.getFile() + " is not there: the run was deleted or moved, or is beginning";
      return paragraph(seen ? problem + " anew." : folder + ": the run has not begun yet.");
    } catch (RecipeException | JsonException e) {
      return paragraph("The run cannot be read: " + e.getMessage());
    }
  }

  private static String paragraph(String text) {
    return "<p class=\"state\">" + HtmlPage.escape(text) + "</p>\n";
  }

  private String state(Curves curves, HtmlReport report) throws IOException {
    long total = totalSteps(report);
    boolean over = report.isWrittenAt(curves.step());
    StringBuilder html = new StringBuilder(paragraph(words(curves.step(), total, over)));
    if (over) {
      html.append("<p><a href=\"")
          .append(HtmlReport.FILE)
          .append("\">The report of its end</a></p>\n");
    }
    html.append("<dl class=\"facts\">\n");
    fact(html, "Optimizer step", "%,d", curves.step(), total == 0 ? "" : "of %,d".formatted(total));
    last(curves, "loss")
        .ifPresent(loss -> fact(html, "Loss", "%s", Metric.number(loss), "of the last step"));
    last(curves, "lr").ifPresent(lr -> fact(html, "Learning rate", "%s", Metric.number(lr), ""));
    speed(html, curves, over ? 0 : total - curves.step());
    evaluation(html, curves);
    return html.append("</dl>\n").toString();
  }

  private String words(long step, long total, boolean over) throws IOException {
    if (over) {
      return step == total ? "The run is over." : "The run ended at step %,d.".formatted(step);
    }
    if (step > 0 && step == total) {
      return "All steps are done.";
    }
    Duration silence = Duration.between(newest().toInstant(), clock.instant());
    return silence.compareTo(QUIET) < 0
        ? "The run goes on."
        : "No news for %d minutes: the run evaluates, takes a long step, or was killed."
            .formatted(silence.toMinutes());
  }

  private static void fact(
      StringBuilder html, String name, String format, Object value, String note) {
    String number = HtmlPage.escape(String.format(Locale.ROOT, format, value));
    String small = note.isEmpty() ? "" : "<small>" + HtmlPage.escape(note) + "</small>";
    html.append("<div><dt>%s</dt><dd>%s%s</dd></div>\n".formatted(name, number, small));
  }

  private static Optional<Double> last(Curves curves, String chart) {
    List<Curves.Point> points = curves.of(chart);
    return points.isEmpty() ? Optional.empty() : Optional.of(points.getLast().value());
  }

  private static void speed(StringBuilder html, Curves curves, long stepsLeft) {
    List<Curves.Point> seconds = recent(curves.of("seconds"));
    List<Curves.Point> images = recent(curves.of("images_per_second"));
    if (seconds.isEmpty() || images.size() != seconds.size()) {
      return;
    }
    double time = 0;
    double done = 0;
    for (int i = 0; i < seconds.size(); i++) {
      time += seconds.get(i).value();
      done += seconds.get(i).value() * images.get(i).value();
    }
    String note = "mean of the last %d steps".formatted(seconds.size());
    fact(html, "Images per second", "%s", Metric.number(done / time), note);
    if (stepsLeft > 0) {
      String left = Metric.duration(stepsLeft * time / seconds.size());
      fact(html, "Time left", "about %s", left, "of steps, without evaluations");
    }
  }

  private static List<Curves.Point> recent(List<Curves.Point> points) {
    return points.subList(Math.max(0, points.size() - RECENT), points.size());
  }

  /** Of the last head, which is both together where there are two. */
  private static void evaluation(StringBuilder html, Curves curves) {
    List<Entry<String, List<Curves.Point>>> heads = new ArrayList<>();
    for (var curve : curves.charts().getOrDefault("top1", Map.of()).entrySet()) {
      if (curve.getKey().startsWith(EVALUATION)) {
        heads.add(curve);
      }
    }
    if (heads.isEmpty()) {
      return;
    }
    String head = heads.getLast().getKey().substring(EVALUATION.length());
    List<Curves.Point> points = heads.getLast().getValue();
    Curves.Point best = points.getFirst();
    for (Curves.Point point : points) {
      best = point.value() > best.value() ? point : best;
    }
    evaluation(html, "Last evaluation", points.getLast(), head);
    evaluation(html, "Best evaluation", best, head);
  }

  private static void evaluation(StringBuilder html, String name, Curves.Point point, String head) {
    String note = "top-1, head %s, at step %s".formatted(head, Metric.number(point.step()));
    fact(html, name, "%s", Metric.format("top1", point.value()), note);
  }

  /** Returns the steps of the whole recipe, 0 where the folder does not tell yet. */
  private static long totalSteps(HtmlReport report) throws IOException {
    List<JsonValue> sessions = report.sessions();
    if (sessions.isEmpty()) {
      return 0;
    }
    JsonValue inputs = sessions.getLast().get("inputs");
    String count = inputs.has("training-images") ? inputs.get("training-images").asString() : "";
    long images = count.matches("\\d{1,15}") ? Long.parseLong(count) : 0;
    Recipe recipe = report.recipe();
    return images / recipe.effectiveBatch() * recipe.get(Settings.EPOCHS);
  }

  private FileTime newest() throws IOException {
    FileTime newest = FileTime.fromMillis(0);
    for (String name : List.of(RunFolder.METRICS, RunFolder.ENVIRONMENT, RunFolder.RECIPE)) {
      Path file = folder.resolve(name);
      FileTime time = Files.exists(file) ? Files.getLastModifiedTime(file) : newest;
      newest = time.compareTo(newest) > 0 ? time : newest;
    }
    return newest;
  }
}
