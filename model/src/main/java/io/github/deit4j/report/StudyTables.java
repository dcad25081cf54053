package io.github.deit4j.report;

import io.github.deit4j.inference.Head;
import io.github.deit4j.study.StudyPart;
import io.github.deit4j.study.StudyResults;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

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

  List<Table> all() {
    List<Table> tables = new ArrayList<>();
    tables.add(methods());
    tables.add(teachers());
    if (!results.cosines().isEmpty()) {
      tables.add(cosines());
    }
    if (!results.disagreements().isEmpty()) {
      tables.add(disagreements());
    }
    return tables;
  }

  private Table methods() {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (StudyResults.Row row : results.rows()) {
      StudyPart part = row.part();
      if (!part.isTeacher()) {
        String key = part.name() + " " + row.head().id();
        List<Double> values = results.top1(part.name(), row.head());
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
    addTeacher(rows, "convnet (RegNetY)", StudyPart.CONVNET, StudyPart.HARD_TOKEN, "82.9 → 83.1");
    addTeacher(rows, "DeiT", StudyPart.DEIT, "hard-token-from-deit", "81.8 → 81.9");
    return new Table(
        "Teachers",
        "Top-1 in percent of the teacher and of the student that learns from it by hard"
            + " distillation through the token, joint head; the paper's column is its table 2.",
        List.of("teacher", "teacher's top-1", "student's top-1", "paper"),
        rows);
  }

  private void addTeacher(
      List<List<String>> rows, String label, String teacher, String student, String paper) {
    List<Double> own = results.top1(teacher, Head.CLASS);
    List<Double> learned = results.top1(student, Head.JOINT);
    if (!own.isEmpty()) {
      rows.add(List.of(label, percent(own), learned.isEmpty() ? "" : percent(learned), paper));
    }
  }

  private Table cosines() {
    Set<String> layers = new LinkedHashSet<>();
    results.cosines().values().forEach(byLayer -> layers.addAll(byLayer.keySet()));
    List<String> header = new ArrayList<>(List.of("layer"));
    header.addAll(results.cosines().keySet());
    List<List<String>> rows = new ArrayList<>();
    for (String layer : layers) {
      List<String> row = new ArrayList<>(List.of(layer));
      for (var byLayer : results.cosines().values()) {
        row.add(plain(byLayer.getOrDefault(layer, List.of())));
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
        List<Double> shares = results.disagreements().get(new StudyResults.Pair(first, second));
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

  private long seeds() {
    return results.rows().stream().map(StudyResults.Row::seed).distinct().count();
  }

  private static String percent(List<Double> values) {
    return String.format(Locale.ROOT, "%.2f ± %.2f", 100 * mean(values), 100 * deviation(values));
  }

  private static String plain(List<Double> values) {
    return values.isEmpty()
        ? ""
        : String.format(Locale.ROOT, "%.3f ± %.3f", mean(values), deviation(values));
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(value -> value).average().orElse(Double.NaN);
  }

  /** Of a sample; 0 for one value. */
  private static double deviation(List<Double> values) {
    double mean = mean(values);
    double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return values.size() < 2 ? 0 : Math.sqrt(squares / (values.size() - 1));
  }
}
