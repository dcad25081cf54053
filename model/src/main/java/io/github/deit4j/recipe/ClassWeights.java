package io.github.deit4j.recipe;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.set.CsvReader;
import io.github.deit4j.recipe.FlatYaml.YamlValue;
import io.github.deit4j.recipe.FlatYaml.YamlValue.Scalar;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How much classes count in the loss, the value of {@link LossSettings#CLASS_WEIGHTS}.
 *
 * <p>With weights w and target probabilities t an image's cross entropy is {@code −Σ w[c]·t[c]·log
 * p[c]}, as of PyTorch's {@code CrossEntropyLoss(weight=w)} with class probabilities. Its binary
 * cross entropy is multiplied by the mean weight of the labels that are in the image. The loss of a
 * batch is the mean over its images, whatever their weights: PyTorch's mean for class
 * probabilities, too; that for class indices divides by the sum of the weights in the batch, so
 * that the weight of an image would depend on its neighbours. What is learned from a teacher is not
 * weighted.
 *
 * <p>Balanced weights are those of scikit-learn, {@code images / (classes · images of the class)};
 * their mean over the images is 1. Classes without images are not counted and have the weight 1.
 */
public final class ClassWeights {
  static final ClassWeights NONE = new ClassWeights("none", List.of());
  static final ClassWeights BALANCED = new ClassWeights("balanced", List.of());

  /** Name of the file in a run's folder that says what they came to. */
  public static final String FILE = "class-weights.csv";

  private static final SettingTable.Range RANGE = SettingTable.Range.atLeast(0);

  /** The value in a recipe. */
  private final String yaml;

  /** Empty where the value is a word. */
  private final List<Double> given;

  private ClassWeights(String yaml, List<Double> given) {
    this.yaml = yaml;
    this.given = given;
  }

  static Setting<ClassWeights> setting(String key) {
    return new Setting<>(
        key,
        NONE,
        "none, balanced, or a list of one number per class, each %s and one of them above 0"
            .formatted(RANGE),
        ClassWeights::parse,
        value -> value.yaml);
  }

  private static Optional<ClassWeights> parse(YamlValue value) {
    if (value instanceof Scalar word) {
      return List.of(NONE, BALANCED).stream()
          .filter(each -> each.yaml.equals(word.text()))
          .findFirst();
    }
    return SettingTable.decimals(value, RANGE)
        .filter(weights -> weights.stream().anyMatch(weight -> weight > 0))
        .map(weights -> new ClassWeights(SettingTable.list(weights), weights));
  }

  /**
   * Returns the weight of every class.
   *
   * @param training the images that are learned from
   * @return empty where all classes count as much
   * @throws RecipeException if there are more or fewer weights than classes
   */
  public Optional<float[]> of(Dataset training) {
    if (equals(NONE)) {
      return Optional.empty();
    }
    int classes = training.classNames().size();
    if (equals(BALANCED)) {
      return Optional.of(balanced(counts(training)));
    }
    if (given.size() != classes) {
      throw new RecipeException(
          "%s: expected %d numbers, one for each class (%s), found %d"
              .formatted(
                  LossSettings.CLASS_WEIGHTS.key(),
                  classes,
                  String.join(", ", training.classNames()),
                  given.size()));
    }
    float[] weights = new float[classes];
    for (int c = 0; c < classes; c++) {
      weights[c] = given.get(c).floatValue();
    }
    return Optional.of(weights);
  }

  /** Returns what people want to know about the weights; empty where all classes count as much. */
  public Optional<String> note(Dataset training) {
    return of(training)
        .map(
            weights -> {
              int least = 0;
              int most = 0;
              for (int c = 1; c < weights.length; c++) {
                least = weights[c] < weights[least] ? c : least;
                most = weights[c] > weights[most] ? c : most;
              }
              return String.format(
                  Locale.ROOT,
                  "class weights of the loss: from %.3g (%s) to %.3g (%s)",
                  weights[least],
                  training.classNames().get(least),
                  weights[most],
                  training.classNames().get(most));
            });
  }

  private static long[] counts(Dataset images) {
    long[] counts = new long[images.classNames().size()];
    for (int i = 0; i < images.size(); i++) {
      counts[images.label(i)]++;
    }
    return counts;
  }

  private static float[] balanced(long[] counts) {
    long images = 0;
    int present = 0;
    for (long count : counts) {
      images += count;
      present += count > 0 ? 1 : 0;
    }
    float[] weights = new float[counts.length];
    for (int c = 0; c < counts.length; c++) {
      weights[c] = counts[c] == 0 ? 1 : (float) ((double) images / ((double) present * counts[c]));
    }
    return weights;
  }

  /**
   * Returns the content of {@link #FILE}: a header, then each class with its images and its weight;
   * empty where all count as much.
   *
   * @throws RecipeException as {@link #of}
   */
  public Optional<String> toCsv(Dataset training) {
    return of(training)
        .map(
            weights -> {
              long[] counts = counts(training);
              StringBuilder csv = new StringBuilder("label,images,weight\n");
              for (int c = 0; c < weights.length; c++) {
                String name = training.classNames().get(c);
                csv.append(CsvReader.field(name) + "," + counts[c] + "," + weights[c] + "\n");
              }
              return csv.toString();
            });
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClassWeights weights && yaml.equals(weights.yaml);
  }

  @Override
  public int hashCode() {
    return yaml.hashCode();
  }

  /** Returns the value as recipes write it. */
  @Override
  public String toString() {
    return yaml;
  }
}
