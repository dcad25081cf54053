package io.github.deit4j.report;

import io.github.deit4j.metrics.CalibrationError;
import io.github.deit4j.metrics.ConfusionMatrix;
import io.github.deit4j.metrics.ConfusionMatrix.ClassScore;
import io.github.deit4j.metrics.ConfusionMatrix.Entry;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * How good a model is on a data set, as one page: each class, which classes are taken for which,
 * how sure the model may be believed to be, and the mistakes that it was surest of.
 */
public final class EvaluationReport {
  /** A larger matrix is no longer read; its largest entries are. */
  private static final int MOST_IN_A_MATRIX = 30;

  private static final int MOST_PAIRS = 50;

  private final Evaluation evaluation;
  private final StringBuilder html = new StringBuilder();

  private EvaluationReport(Evaluation evaluation) {
    this.evaluation = evaluation;
  }

  /**
   * What there is to tell.
   *
   * @param title of the page
   * @param summary a sentence: which model, which images, how long it took
   * @param heads scores by each head
   * @param head the one that decides, of which the rest tells
   * @param classes names of the classes
   * @param confusion of the classes
   * @param calibration of the probabilities
   * @param mistakes the surest first
   */
  public record Evaluation(
      String title,
      String summary,
      List<HeadScore> heads,
      String head,
      List<String> classes,
      ConfusionMatrix confusion,
      CalibrationError calibration,
      List<Mistake> mistakes) {}

  /**
   * Scores by a head.
   *
   * @param ece expected calibration error
   */
  public record HeadScore(String head, double top1, double top5, double loss, double ece) {}

  /**
   * An image that was taken for something else.
   *
   * @param name its file
   * @param label its true class
   * @param predicted what it was taken for
   * @param confidence how sure the model was, 0 to 1
   * @param picture as the model saw it, a PNG file
   * @param attention where the model looked, a PNG file; {@code null} for one without attention
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  public record Mistake(
      String name,
      String label,
      String predicted,
      double confidence,
      byte[] picture,
      byte[] attention) {}

  /**
   * Writes the page.
   *
   * @throws io.github.deit4j.weights.CannotWriteException if it cannot be written
   */
  public static void write(Path file, Evaluation evaluation) throws IOException {
    AtomicFiles.writeString(file, new EvaluationReport(evaluation).page());
  }

  /** Returns the same without the page around it, as a part of another one. */
  static String part(Evaluation evaluation) {
    EvaluationReport report = new EvaluationReport(evaluation);
    report.html.append("<h2>Evaluation</h2>\n");
    report.body();
    return report.html.toString();
  }

  private String page() throws IOException {
    body();
    return HtmlPage.withCurves(evaluation.title(), html.toString());
  }

  private void body() {
    html.append("<p>").append(HtmlPage.escape(evaluation.summary())).append("</p>\n");
    heads();
    classes();
    confusion();
    calibration();
    mistakes();
  }

  private void heads() {
    List<List<String>> rows = new ArrayList<>();
    for (HeadScore score : evaluation.heads()) {
      rows.add(
          List.of(
              score.head(),
              percent(score.top1()),
              percent(score.top5()),
              Metric.number(score.loss()),
              percent(score.ece())));
    }
    var header = List.of("Head", "Top-1 accuracy", "Top-5 accuracy", "Loss", "Calibration error");
    String note = "All that follows is of the head %s.".formatted(evaluation.head());
    html.append(new Table("Results", note, header, rows).html());
  }

  private void classes() {
    List<List<String>> rows = new ArrayList<>();
    for (int label = 0; label < evaluation.classes().size(); label++) {
      ClassScore score = evaluation.confusion().score(label);
      rows.add(
          List.of(
              evaluation.classes().get(label),
              percent(score.precision()),
              percent(score.recall()),
              percent(score.f1()),
              Long.toString(score.support())));
    }
    String note =
        "Precision: of the images taken for the class, the share that is. Recall: of the images of"
            + " the class, the share taken for it. F1: their harmonic mean. Images: of the class.";
    var header = List.of("Class", "Precision", "Recall", "F1", "Images");
    html.append(new Table("Classes", note, header, rows).html());
  }

  private static String percent(Double share) {
    return share == null ? "–" : Metric.format("top1", share);
  }

  private void confusion() {
    int classes = evaluation.classes().size();
    if (classes <= MOST_IN_A_MATRIX) {
      matrix(classes);
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (Entry entry : evaluation.confusion().mistakes().stream().limit(MOST_PAIRS).toList()) {
      long support = evaluation.confusion().score(entry.label()).support();
      rows.add(
          List.of(
              evaluation.classes().get(entry.label()),
              evaluation.classes().get(entry.predicted()),
              Long.toString(entry.count()),
              percent((double) entry.count() / support)));
    }
    String note = "The most frequent of all pairs, at most %d.".formatted(MOST_PAIRS);
    var header = List.of("Class", "Taken for", "Images", "Share of the class");
    html.append(new Table("Confusion", note, header, rows).html());
  }

  /** A table with a shade behind each number, since a share is seen sooner than read. */
  private void matrix(int classes) {
    html.append(
        "<h2>Confusion</h2>\n<p>Each row has the images of a class; columns are what they were"
            + " taken for. The darker, the larger the share of the class.</p>\n<div"
            + " class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Confusion matrix\">"
            + "<table class=\"matrix\">\n<thead><tr><th scope=\"col\">Class</th>");
    evaluation.classes().forEach(name -> cell("th", " scope=\"col\" class=\"number\"", name));
    html.append("</tr></thead>\n<tbody>\n");
    for (int label = 0; label < classes; label++) {
      html.append("<tr>");
      cell("th", " scope=\"row\"", evaluation.classes().get(label));
      long support = evaluation.confusion().score(label).support();
      for (int predicted = 0; predicted < classes; predicted++) {
        long count = evaluation.confusion().count(label, predicted);
        long share = support == 0 ? 0 : Math.round(100.0 * count / support);
        String kind = label == predicted ? "right" : "wrong";
        String shade = " class=\"number %s\" style=\"--share: %d%%\"".formatted(kind, share);
        cell("td", shade, Long.toString(count));
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>\n");
  }

  private void cell(String tag, String attributes, String text) {
    html.append("<" + tag + attributes + ">" + HtmlPage.escape(text) + "</" + tag + ">");
  }

  private void calibration() {
    List<List<String>> rows =
        evaluation.calibration().bins().stream()
            .map(
                bin ->
                    List.of(
                        String.format(
                            Locale.ROOT, "%.1f to %.1f %%", 100 * bin.from(), 100 * bin.to()),
                        Long.toString(bin.images()),
                        percent(bin.confidence()),
                        percent(bin.accuracy())))
            .toList();
    String note =
        ("Whether the model is right as often as it is sure: images by the probability of their"
                + " most probable class. The expected calibration error, the mean difference of"
                + " both, is %s.")
            .formatted(percent(evaluation.calibration().value()));
    var header = List.of("Probability", "Images", "Mean probability", "Accuracy");
    html.append(new Table("Calibration", note, header, rows).html());
  }

  private void mistakes() {
    List<Mistake> mistakes = evaluation.mistakes();
    html.append("<h2>Surest mistakes</h2>\n");
    if (mistakes.isEmpty()) {
      html.append("<p>None.</p>\n");
      return;
    }
    boolean maps = mistakes.stream().anyMatch(mistake -> mistake.attention() != null);
    html.append(
        maps
            ? "<p>Each image as the model saw it, and where it looked: bright is much.</p>\n"
            : "<p>Each image as the model saw it.</p>\n");
    html.append("<div class=\"mistakes\">\n");
    mistakes.forEach(this::mistake);
    html.append("</div>\n");
  }

  private void mistake(Mistake mistake) {
    html.append("<figure>");
    picture(mistake.picture(), mistake.name());
    if (mistake.attention() != null) {
      picture(mistake.attention(), "Attention map of " + mistake.name());
    }
    html.append(
        "<figcaption>%s, not %s: %s <small>%s</small></figcaption></figure>\n"
            .formatted(
                HtmlPage.escape(mistake.label()),
                HtmlPage.escape(mistake.predicted()),
                String.format(Locale.ROOT, "%.1f %%", 100 * mistake.confidence()),
                HtmlPage.escape(mistake.name())));
  }

  private void picture(byte[] png, String name) {
    html.append("<img src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(png))
        .append("\" alt=\"")
        .append(HtmlPage.escape(name))
        .append("\">");
  }
}
