package io.github.deit4j.modelfile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The names of a model's classes, in logit order. */
public final class ClassNames {
  private static final int MOST_SHOWN = 10;

  private static final int IMAGENET_CLASSES = 1000;
  private static final Pattern SYNSET = Pattern.compile("n\\d{8}");
  private static final Predicate<String> WHOLE_NUMBER =
      Pattern.compile("[0-9]{1,9}").asMatchPredicate();

  private ClassNames() {}

  /**
   * The 1000 classes of ImageNet (ILSVRC 2012). Their folders are called by WordNet's synsets, such
   * as {@code n01440764}; people know them by the synset's words, such as "tench, Tinca tinca".
   * Sorted synsets are the labels' order. Read at the first use, since most models need none.
   */
  private static final class ImageNet {
    static final Map<String, String> WORDS = new LinkedHashMap<>();

    static {
      var resource = ClassNames.class.getResourceAsStream("imagenet-classes.txt");
      try (var in = new BufferedReader(new InputStreamReader(resource, UTF_8))) {
        for (String line : in.lines().filter(line -> !line.startsWith("#")).toList()) {
          int space = line.indexOf(' ');
          WORDS.put(line.substring(0, space), line.substring(space + 1));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Returns stand-ins for a model whose file names no classes: {@code class 0}, {@code class 1}…
   */
  public static List<String> unnamed(int count) {
    return IntStream.range(0, count).mapToObj(i -> "class " + i).toList();
  }

  /**
   * Returns what people read instead of these names: of ImageNet's synsets their words, and
   * ImageNet's classes for a model of 1000 classes without names.
   */
  public static List<String> labels(List<String> names) {
    boolean nameless = names.size() == IMAGENET_CLASSES && names.equals(unnamed(names.size()));
    return nameless
        ? List.copyOf(ImageNet.WORDS.values())
        : names.stream().map(ClassNames::label).toList();
  }

  private static String label(String name) {
    return SYNSET.matcher(name).matches() ? ImageNet.WORDS.getOrDefault(name, name) : name;
  }

  /**
   * Compares a model's classes with a data set's. A model without names of its own fits every data
   * set with as many classes; names that are whole numbers, as the folders of ImageNet-V2, mean
   * labels to a model whose own names are none; ImageNet's synsets are the same as their words.
   *
   * @return the first differences, label by label; empty if both mean the same by each label
   */
  public static List<String> differences(List<String> model, List<String> dataset) {
    List<String> differences = new ArrayList<>();
    boolean fits =
        areNumbers(dataset)
            ? areLabels(dataset) && !areNumbers(model)
            : model.equals(unnamed(model.size()));
    if (fits && model.size() == dataset.size()) {
      return differences;
    }
    for (int label = 0; label < Math.max(model.size(), dataset.size()); label++) {
      String expected = name(model, label);
      String found = name(dataset, label);
      if (!expected.equals(found)) {
        differences.add("label %d: expected %s, found %s".formatted(label, expected, found));
      }
    }
    int more = differences.size() - MOST_SHOWN;
    if (more > 0) {
      differences.subList(MOST_SHOWN, differences.size()).clear();
      differences.add("and %d more".formatted(more));
    }
    return differences;
  }

  private static boolean areNumbers(List<String> names) {
    return names.stream().allMatch(WHOLE_NUMBER);
  }

  /** Whether names are whole numbers that count from 0 on. */
  private static boolean areLabels(List<String> numbers) {
    return IntStream.range(0, numbers.size()).allMatch(i -> Integer.parseInt(numbers.get(i)) == i);
  }

  private static String name(List<String> names, int label) {
    return label < names.size() ? '"' + label(names.get(label)) + '"' : "none";
  }
}
