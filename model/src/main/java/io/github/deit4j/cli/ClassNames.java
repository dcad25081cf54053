package io.github.deit4j.cli;

import io.github.deit4j.data.DatasetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Checks that a model and a data set mean the same by each label. */
final class ClassNames {
  private static final int MOST_SHOWN = 10;

  private ClassNames() {}

  /**
   * Compares the classes of a model with those of a data set. A model without names of its own fits
   * every data set with as many classes.
   *
   * @throws DatasetException if they differ; lists the first differences
   */
  static void requireSame(Path weights, List<String> model, Path data, List<String> dataset)
      throws DatasetException {
    boolean fit = isNameless(model) ? model.size() == dataset.size() : model.equals(dataset);
    if (!fit) {
      throw new DatasetException(
          ("%s: expected the %d classes of %s, found %d others:%n  %s%n"
                  + "choose the data that the model was trained for, or fine-tune it for these")
              .formatted(
                  data,
                  model.size(),
                  weights,
                  dataset.size(),
                  String.join("\n  ", differences(model, dataset))));
    }
  }

  /** Whether the names were made up when weights without metadata were read. */
  private static boolean isNameless(List<String> names) {
    return IntStream.range(0, names.size()).allMatch(i -> names.get(i).equals("class " + i));
  }

  private static List<String> differences(List<String> model, List<String> dataset) {
    List<String> differences = new ArrayList<>();
    for (int label = 0; label < Math.max(model.size(), dataset.size()); label++) {
      String expected = name(model, label);
      String found = name(dataset, label);
      if (!expected.equals(found)) {
        differences.add("label %d: expected %s, found %s".formatted(label, expected, found));
      }
    }
    int more = differences.size() - MOST_SHOWN;
    if (more <= 0) {
      return differences;
    }
    List<String> shown = new ArrayList<>(differences.subList(0, MOST_SHOWN));
    shown.add("and %d more".formatted(more));
    return shown;
  }

  private static String name(List<String> names, int label) {
    return label < names.size() ? '"' + names.get(label) + '"' : "none";
  }
}
