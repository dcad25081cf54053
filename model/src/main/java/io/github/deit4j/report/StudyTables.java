package io.github.deit4j.report;

import io.github.deit4j.inference.Head;
import io.github.deit4j.study.PairedDifference;
import io.github.deit4j.study.StudyPart;
import io.github.deit4j.study.StudyResults;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The tables of a study, beside the paper's numbers (Touvron et al. 2021). */
record StudyTables(StudyResults results) {
  /** Table 3, DeiT-B at 224, top-1 in percent; for the control, the text of section 5.2. */
  private static final Map<String, String> TABLE_3 =
      Map.of(
          "none class", "81.8",
          "soft class", "81.8",
          "hard class", "83.0",
          "hard-token class", "83.0",
          "hard-token distillation", "83.1",
          "hard-token joint", "83.4");

  /** Table 4, rows and columns in the order of {@link StudyResults#CLASSIFIERS}. */
  private static final double[][] TABLE_4 = {
    {0, .171, .182, .170, .169, .166},
    {.171, 0, .133, .112, .100, .102},
    {.182, .133, 0, .109, .110, .107},
    {.170, .112, .109, 0, .050, .033},
    {.169, .100, .110, .050, 0, .019},
    {.166, .102, .107, .033, .019, 0}
  };

  /** Figure 3 and table 5: DeiT-B by epochs, as far as the paper gives numbers. */
  private static final String FIGURE_3 =
      "In the paper (its figure 3, DeiT-B) the student without a teacher stops improving at 400"
          + " epochs, and the one with it goes from 83.4 at 300 epochs to 84.2 at 1000.";

  /** A model's head, as tables call it. */
  private record Classifier(String part, Head head) {}

  private static final Classifier NONE = new Classifier(StudyPart.NONE, Head.CLASS);
  private static final Classifier HARD = new Classifier(StudyPart.HARD, Head.CLASS);
  private static final Classifier JOINT = new Classifier(StudyPart.HARD_TOKEN, Head.JOINT);

  /** Two classifiers that the paper compares, and what it found. */
  private record Comparison(String name, Classifier a, Classifier b, String paper) {}

  private static final List<Comparison> COMPARISONS =
      List.of(
          new Comparison("soft − none", new Classifier(StudyPart.SOFT, Head.CLASS), NONE, "0.0"),
          new Comparison("hard − none", HARD, NONE, "+1.2"),
          new Comparison(
              "hard with token, class head − none",
              new Classifier(StudyPart.HARD_TOKEN, Head.CLASS),
              NONE,
              "+1.2"),
          new Comparison(
              "hard with token, distillation head − none",
              new Classifier(StudyPart.HARD_TOKEN, Head.DISTILLATION),
              NONE,
              "+1.3"),
          new Comparison("hard with token, joint − none", JOINT, NONE, "+1.6"),
          new Comparison("hard with token, joint − hard", JOINT, HARD, "+0.4"),
          new Comparison("hard − soft", HARD, new Classifier(StudyPart.SOFT, Head.CLASS), "+1.2"),
          new Comparison(
              "second class token, joint − none",
              new Classifier(StudyPart.SECOND_CLASS_TOKEN, Head.JOINT),
              NONE,
              "no gain"),
          new Comparison(
              "teacher convnet − teacher DeiT, joint",
              JOINT,
              new Classifier(StudyPart.FROM_DEIT, Head.JOINT),
              "+1.2"),
          new Comparison(
              "the same, convnet trained briefly",
              new Classifier(StudyPart.FROM_SHORT_CONVNET, Head.JOINT),
              new Classifier(StudyPart.FROM_DEIT, Head.JOINT),
              "+0.8"));

  List<Table> all() {
    List<Table> tables = new ArrayList<>();
    tables.add(methods());
    tables.add(differences());
    tables.add(teachers());
    if (lengths().size() > 1) {
      tables.add(curve());
    }
    if (!results.cosines().isEmpty()) {
      tables.add(cosines());
    }
    if (!results.disagreements().isEmpty()) {
      tables.add(disagreements());
    }
    return tables;
  }

  private Collection<Double> values(Classifier classifier) {
    return results.top1(classifier.part, classifier.head).values();
  }

  private String difference(Classifier a, Classifier b) {
    var found = PairedDifference.of(results.top1(a.part, a.head), results.top1(b.part, b.head));
    return found.seeds() == 0
        ? ""
        : String.format(Locale.ROOT, "%+.2f ± %.2f", 100 * found.mean(), 100 * found.halfWidth());
  }

  private Table differences() {
    List<List<String>> rows = new ArrayList<>();
    for (Comparison comparison : COMPARISONS) {
      String here = difference(comparison.a, comparison.b);
      if (!here.isEmpty()) {
        rows.add(List.of(comparison.name, comparison.paper, here));
      }
    }
    return new Table(
        "Differences",
        "In points of top-1, paired by seed: mean ± half of the 95 % confidence interval (Student's"
            + " t). The paper's column is DeiT-B on ImageNet (tables 2 and 3, section 5.2).",
        List.of("difference", "paper", "here"),
        rows);
  }

  /** Returns the numbers of epochs for which there are both students of the curve. */
  private List<Integer> lengths() {
    return students(StudyPart.NONE).keySet().stream()
        .filter(students(StudyPart.HARD_TOKEN)::containsKey)
        .toList();
  }

  /** Returns the classifiers of the curve by epochs, of those that were measured. */
  private SortedMap<Integer, Classifier> students(String method) {
    StudyPart main = results.part(method);
    Head head = main.token() ? Head.JOINT : Head.CLASS;
    SortedMap<Integer, Classifier> byEpochs = new TreeMap<>();
    for (StudyResults.Row row : results.rows()) {
      StudyPart part = row.part();
      boolean same = part.onCurve() && part.method().equals(main.method());
      if (part.equals(main) || same) {
        byEpochs.put(part.epochs(), new Classifier(part.name(), head));
      }
    }
    return byEpochs;
  }

  private Table curve() {
    List<List<String>> rows = new ArrayList<>();
    for (int epochs : lengths()) {
      Classifier none = students(StudyPart.NONE).get(epochs);
      Classifier distilled = students(StudyPart.HARD_TOKEN).get(epochs);
      rows.add(
          List.of(
              Integer.toString(epochs),
              percent(values(none)),
              percent(values(distilled)),
              difference(distilled, none)));
    }
    return new Table(
        "Accuracy against epochs",
        "Top-1 in percent without a teacher and by hard distillation through the token (joint"
            + " head), mean ± standard deviation, and the gain paired by seed with half of its 95 %"
            + " confidence interval. "
            + FIGURE_3,
        List.of("epochs", "none", "hard with token", "gain"),
        rows);
  }

  /** Returns mean top-1 against epochs, without and with a teacher. */
  Map<String, List<Curves.Point>> curves() {
    Map<String, List<Curves.Point>> curves = new LinkedHashMap<>();
    for (String method : List.of(StudyPart.NONE, StudyPart.HARD_TOKEN)) {
      List<Curves.Point> points = new ArrayList<>();
      students(method)
          .forEach(
              (epochs, classifier) ->
                  points.add(new Curves.Point(epochs, mean(values(classifier)))));
      if (points.size() > 1) {
        curves.put(method, points);
      }
    }
    return curves;
  }

  private Table methods() {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (StudyResults.Row row : results.rows()) {
      StudyPart part = row.part();
      if (!part.isTeacher() && !part.onCurve()) {
        String key = part.name() + " " + row.head().id();
        Collection<Double> values = values(new Classifier(part.name(), row.head()));
        rows.putIfAbsent(
            key,
            List.of(
                part.method(),
                part.token() ? "yes" : "no",
                row.head().id(),
                part.teacher() == null ? "none" : part.teacher(),
                percent(values),
                TABLE_3.getOrDefault(key, "")));
      }
    }
    return new Table(
        "Methods",
        "Top-1 in percent on all test images, mean ± standard deviation over "
            + seeds()
            + " seeds; the paper's column is DeiT-B on ImageNet (its table 3, teacher RegNetY-16GF).",
        List.of("method", "second token", "head", "teacher", "top-1", "paper"),
        List.copyOf(rows.values()));
  }

  private Table teachers() {
    List<List<String>> rows = new ArrayList<>();
    addTeacher(rows, "convnet (RegNetY)", StudyPart.CONVNET, JOINT.part, "82.9 → 83.1");
    addTeacher(
        rows,
        "convnet, trained briefly",
        StudyPart.SHORT_CONVNET,
        StudyPart.FROM_SHORT_CONVNET,
        "81.7 → 82.7");
    addTeacher(rows, "DeiT", StudyPart.DEIT, StudyPart.FROM_DEIT, "81.8 → 81.9");
    return new Table(
        "Teachers",
        "Top-1 in percent of the teacher and of the student that learns from it by hard"
            + " distillation through the token, joint head; the paper's column is its table 2"
            + " (RegNetY-16GF, RegNetY-8GF, DeiT-B).",
        List.of("teacher", "teacher's top-1", "student's top-1", "paper"),
        rows);
  }

  private void addTeacher(
      List<List<String>> rows, String label, String teacher, String student, String paper) {
    Collection<Double> own = values(new Classifier(teacher, Head.CLASS));
    Collection<Double> learned = values(new Classifier(student, Head.JOINT));
    if (!own.isEmpty()) {
      rows.add(List.of(label, percent(own), learned.isEmpty() ? "" : percent(learned), paper));
    }
  }

  private Table cosines() {
    List<String> parts =
        results.parts().stream()
            .filter(part -> !part.onCurve())
            .map(StudyPart::name)
            .filter(results.cosines()::containsKey)
            .toList();
    List<String> header = new ArrayList<>(List.of("layer"));
    header.addAll(parts);
    Set<String> layers = new LinkedHashSet<>();
    parts.forEach(part -> layers.addAll(results.cosines().get(part).keySet()));
    List<List<String>> rows = new ArrayList<>();
    for (String layer : layers) {
      List<String> row = new ArrayList<>(List.of(layer));
      for (String part : parts) {
        var bySeed = results.cosines().get(part).getOrDefault(layer, Collections.emptySortedMap());
        row.add(plain(bySeed.values()));
      }
      rows.add(row);
    }
    return new Table(
        "Cosine of class and second token",
        "Mean over the test images behind each layer; \"tokens\" are the learned vectors themselves."
            + " The paper has 0.06 for the learned tokens, 0.93 at the last layer, and 0.999 for two"
            + " class tokens without a teacher (section 5.2).",
        header,
        rows);
  }

  private Table disagreements() {
    List<String> header = new ArrayList<>(List.of(""));
    header.addAll(StudyResults.CLASSIFIERS);
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < StudyResults.CLASSIFIERS.size(); i++) {
      String first = StudyResults.CLASSIFIERS.get(i);
      List<String> row = new ArrayList<>(List.of(first));
      for (int j = 0; j < StudyResults.CLASSIFIERS.size(); j++) {
        String second = StudyResults.CLASSIFIERS.get(j);
        Collection<Double> shares =
            results.disagreements().get(new StudyResults.Pair(first, second)).values();
        row.add(String.format(Locale.ROOT, "%.3f (paper %.3f)", mean(shares), TABLE_4[i][j]));
      }
      rows.add(row);
    }
    return new Table(
        "Disagreement",
        "Share of test images on which two classifiers differ, mean over the seeds; in brackets the"
            + " paper's table 4. DeiT is the student without distillation; class, distillation and"
            + " joint are the heads of the student distilled through the token.",
        header,
        rows);
  }

  private int seeds() {
    return results.seeds().size();
  }

  private static String percent(Collection<Double> values) {
    return String.format(Locale.ROOT, "%.2f ± %.2f", 100 * mean(values), 100 * deviation(values));
  }

  private static String plain(Collection<Double> values) {
    return values.isEmpty()
        ? ""
        : String.format(Locale.ROOT, "%.3f ± %.3f", mean(values), deviation(values));
  }

  private static double mean(Collection<Double> values) {
    return values.stream().mapToDouble(value -> value).average().orElse(Double.NaN);
  }

  /** Of a sample; 0 for one value. */
  private static double deviation(Collection<Double> values) {
    double mean = mean(values);
    double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return values.size() < 2 ? 0 : Math.sqrt(squares / (values.size() - 1));
  }
}
