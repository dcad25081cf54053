package io.github.deit4j.train;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DrawsInfo;
import io.github.deit4j.distill.StoredDraws;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.recipe.TaughtImages;
import io.github.deit4j.run.Environment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a teacher's stored answers are those about the images that a run draws: everything that
 * decides these images is compared, and any difference refused. Nothing else would tell, for a
 * model learns from wrong answers as well.
 */
public final class DrawsCheck {
  private final StoredDraws draws;
  private final int[] contents;

  /** Opens what is known of the images' contents. */
  DrawsCheck(StoredDraws draws) throws IOException {
    this.draws = draws;
    this.contents = draws.contents();
  }

  /**
   * Describes the answers to all draws of a recipe.
   *
   * @param images what the student learns from
   * @param ofTeacher what tells the teacher from others: digests by name
   * @param backend that computes the answers
   * @throws RecipeException if the recipe does not learn from a teacher, or takes more than can be
   *     stored
   */
  public static DrawsInfo info(
      Recipe recipe, Dataset images, Map<String, String> ofTeacher, Backend backend) {
    DistillationType type = recipe.get(Settings.DISTILLATION);
    if (!type.needsTeacher()) {
      throw new RecipeException(
          recipe.toString(),
          Settings.DISTILLATION.key(),
          "hard, to store a teacher's labels, or soft, for its logits, which serve both",
          recipe.valueAsYaml(Settings.DISTILLATION));
    }
    Map<String, String> inputs = new LinkedHashMap<>(inputs(images));
    inputs.putAll(ofTeacher);
    try {
      return new DrawsInfo(
          type,
          images.classNames(),
          recipe.get(Settings.EPOCHS),
          Math.toIntExact(images.size() / recipe.effectiveBatch()),
          Math.toIntExact(recipe.effectiveBatch()),
          images.size(),
          TaughtImages.settings(recipe),
          inputs,
          computedBy(backend));
    } catch (IllegalArgumentException e) {
      throw new RecipeException(recipe + ": " + e.getMessage());
    }
  }

  private static Map<String, String> inputs(Dataset images) {
    Map<String, String> inputs = new LinkedHashMap<>();
    inputs.put("training-images", Integer.toString(images.size()));
    inputs.put("training-data", images.fingerprint());
    return inputs;
  }

  private static String computedBy(Backend backend) {
    return "deit4j %s, %s".formatted(Environment.currentVersion(), backend.arithmetic());
  }

  /**
   * Requires that an unfinished file was to hold the same.
   *
   * @throws RecipeException if settings differ; names them with both values
   * @throws DatasetException if data or teacher differ
   */
  public static void requireSame(Path unfinished, DrawsInfo begun, DrawsInfo wanted)
      throws DatasetException {
    requireSame(
        "%s: expected the settings, data and teacher it was begun with".formatted(unfinished),
        differences(settings(begun), settings(wanted)),
        differences(begun.inputs(), wanted.inputs()),
        "go on with the same ones, or delete it");
  }

  /** Returns all but the data and the teacher. */
  private static Map<String, String> settings(DrawsInfo info) {
    Map<String, String> all = new LinkedHashMap<>(info.settings());
    all.put(Settings.EPOCHS.key(), Integer.toString(info.epochs()));
    all.put(Settings.DISTILLATION.key(), info.type().name().toLowerCase(Locale.ROOT));
    all.put("computed by", info.computedBy());
    return all;
  }

  /**
   * Requires that stored answers are those about the images that a recipe draws.
   *
   * @throws RecipeException if settings differ, which are named with both values, or there are
   *     answers for fewer epochs, or labels alone where the recipe wants more
   * @throws DatasetException if the data differ
   */
  static void require(StoredDraws draws, Recipe recipe, Dataset images) throws DatasetException {
    DrawsInfo info = draws.info();
    if (recipe.get(Settings.DISTILLATION) == DistillationType.SOFT
        && info.type() == DistillationType.HARD) {
      throw new RecipeException(
          draws.path()
              + ": expected a teacher's logits for distillation: soft, found its labels alone,"
              + " which serve hard; run \"deit teach\" with --set distillation=soft");
    }
    Map<String, String> inputs = new LinkedHashMap<>(info.inputs());
    Map<String, String> found = inputs(images);
    inputs.keySet().retainAll(found.keySet());
    requireSame(
        draws.path() + ": expected the images that its teacher was asked about",
        differences(info.settings(), TaughtImages.settings(recipe)),
        differences(inputs, found),
        "train with the same ones, or ask a teacher about these (deit teach)");
    if (recipe.get(Settings.EPOCHS) > info.epochs()) {
      throw new RecipeException(
          ("%s: expected at most the %d epochs of which it has a teacher's answers, found epochs:"
                  + " %d; run \"deit teach\" with as many")
              .formatted(draws.path(), info.epochs(), recipe.get(Settings.EPOCHS)));
    }
  }

  private static void requireSame(
      String expected, List<String> settings, List<String> inputs, String otherwise)
      throws DatasetException {
    List<String> all = new ArrayList<>(settings);
    all.addAll(inputs);
    String message =
        "%s, found others:\n  %s\n%s".formatted(expected, String.join("\n  ", all), otherwise);
    if (!settings.isEmpty()) {
      throw new RecipeException(message);
    }
    if (!inputs.isEmpty()) {
      throw new DatasetException(message);
    }
  }

  private static List<String> differences(Map<String, String> before, Map<String, String> now) {
    Map<String, String> all = new LinkedHashMap<>(before);
    all.putAll(now);
    List<String> differences = new ArrayList<>();
    for (String name : all.keySet()) {
      String from = before.getOrDefault(name, "none");
      String to = now.getOrDefault(name, "none");
      if (!from.equals(to)) {
        differences.add(name + ": " + from + " -> " + to);
      }
    }
    return differences;
  }

  /**
   * Requires that no image may be left out, in whose place another one would stand.
   *
   * @throws RecipeException if some may
   */
  public static void requireAllReadable(StoredDraws draws, int maxBad) {
    if (maxBad > 0) {
      throw new RecipeException(
          ("--max-bad: expected 0 with a teacher's stored answers, %s, since they are about images"
                  + " that could all be read, found %d")
              .formatted(draws.path(), maxBad));
    }
  }

  /** Returns what is worth knowing where another backend computes than did for the teacher. */
  static Optional<String> note(StoredDraws draws, Backend backend) {
    String here = computedBy(backend);
    String there = draws.info().computedBy();
    return here.equals(there)
        ? Optional.empty()
        : Optional.of(
            "the teacher's answers were computed by %s; here is %s, where it may give others"
                .formatted(there, here));
  }

  /**
   * Requires that images were decoded from what the teacher's were.
   *
   * @throws DatasetException if the content of one is another
   */
  void check(int[] decoded, Dataset images) throws DatasetException {
    for (int image : decoded) {
      int expected = contents[image];
      int found = images.checksum(image);
      if (expected != 0 && found != 0 && expected != found) {
        throw new DatasetException(
            "%s: expected the content that was decoded for the teacher of %s (CRC-32C %08x), found"
                + " another (%08x); put the file back as it was, or ask the teacher again (deit"
                + " teach)",
            images.name(image), draws.path(), expected, found);
      }
    }
  }
}
