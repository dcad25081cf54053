package io.github.deit4j.study;

import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import java.util.ArrayList;
import java.util.List;

/**
 * One model of the study.
 *
 * @param name of its folder
 * @param method {@code none}, {@code soft}, {@code hard} or {@code second-class-token}; null for a
 *     teacher
 * @param token whether there is a second token
 * @param teacher name of the part that teaches; null without
 * @param onCurve whether it is there for the curve of accuracy against epochs, and so trained for
 *     another number of them
 * @param recipe everything but the seed
 */
public record StudyPart(
    String name, String method, boolean token, String teacher, boolean onCurve, Recipe recipe) {
  /** Name of the teacher that is a convnet. */
  public static final String CONVNET = "regnety";

  /** Name of the teacher that is a DeiT, trained as the student without distillation is. */
  public static final String DEIT = "deit";

  /** Name of the convnet that is trained so briefly that it is about as accurate as the DeiT. */
  public static final String SHORT_CONVNET = "regnety-short";

  /** The student that learns from labels alone, with which all others are compared. */
  public static final String NONE = "none";

  /** The student of soft distillation. */
  public static final String SOFT = "soft";

  /** The student of hard distillation without a second token. */
  public static final String HARD = "hard";

  /** The paper's method: hard distillation through the token, from the convnet. */
  public static final String HARD_TOKEN = "hard-token";

  /** The same from the DeiT. */
  public static final String FROM_DEIT = "hard-token-from-deit";

  /** The same from the short convnet. */
  public static final String FROM_SHORT_CONVNET = "hard-token-from-regnety-short";

  /** The paper's control: a second token that learns the labels. */
  public static final String SECOND_CLASS_TOKEN = "second-class-token";

  /** The curve of accuracy against epochs, where a method is asked for. */
  public static final String CURVE = "curve";

  /** What can be asked for alone. */
  public static final List<String> METHODS = List.of(NONE, SOFT, HARD, SECOND_CLASS_TOKEN, CURVE);

  /** Temperature and share of soft distillation in the paper (section 6). */
  private static final double PAPER_TAU = 3;

  private static final double PAPER_ALPHA = 0.1;

  /** Epochs of the students on the curve, of the recipe's. */
  private static final List<Double> LENGTHS = List.of(0.25, 0.5, 2.0);

  /** Epochs of the short convnet, of the convnet's. */
  private static final double SHORT = 0.25;

  /** A DeiT that learned from a DeiT of the same seed would have begun as its teacher did. */
  private static final long TEACHERS_SEEDS = 1000;

  /** Returns whether this is a teacher. */
  public boolean isTeacher() {
    return method == null;
  }

  /** Returns the recipe for a seed of the study. */
  public Recipe recipe(long seed) {
    return recipe.with(Settings.SEED, isTeacher() ? seed + TEACHERS_SEEDS : seed);
  }

  /** Returns how long it is trained. */
  public int epochs() {
    return recipe.get(Settings.EPOCHS);
  }

  /** Returns whether it belongs to what {@code only} asks for; null asks for everything. */
  public boolean isOf(String only) {
    return only == null || !isTeacher() && only.equals(onCurve ? CURVE : method);
  }

  /**
   * Returns the parts of a study, teachers first.
   *
   * @param name of the study: {@code NAME-study} and {@code NAME-study-convnet} are its recipes
   * @param sets changes of both recipes, of the form {@code key=value}
   */
  public static List<StudyPart> of(String name, List<String> sets) {
    Recipe base = Recipe.load(name + "-study", sets);
    Recipe convnet = Recipe.load(name + "-study-convnet", sets);
    Recipe plain =
        base.with(Settings.DISTILLED, false).with(Settings.DISTILLATION, DistillationType.NONE);
    Recipe token = base.with(Settings.DISTILLED, true);
    Recipe soft =
        plain
            .with(Settings.DISTILLATION, DistillationType.SOFT)
            .with(Settings.TAU, PAPER_TAU)
            .with(Settings.ALPHA, PAPER_ALPHA)
            .with(Settings.SOFT_REDUCTION, SoftReduction.IMAGE);
    Recipe hard = plain.with(Settings.DISTILLATION, DistillationType.HARD);
    Recipe hardToken = token.with(Settings.DISTILLATION, DistillationType.HARD);
    Recipe labels = token.with(Settings.DISTILLATION, DistillationType.LABELS);
    List<StudyPart> parts =
        new ArrayList<>(
            List.of(
                teacher(CONVNET, convnet),
                teacher(DEIT, plain),
                teacher(SHORT_CONVNET, trainedFor(SHORT, convnet)),
                new StudyPart(NONE, NONE, false, null, false, plain),
                new StudyPart(SOFT, SOFT, false, CONVNET, false, soft),
                new StudyPart(HARD, HARD, false, CONVNET, false, hard),
                new StudyPart(HARD_TOKEN, HARD, true, CONVNET, false, hardToken),
                new StudyPart(SECOND_CLASS_TOKEN, SECOND_CLASS_TOKEN, true, null, false, labels),
                new StudyPart(FROM_DEIT, HARD, true, DEIT, false, hardToken),
                new StudyPart(FROM_SHORT_CONVNET, HARD, true, SHORT_CONVNET, false, hardToken)));
    LENGTHS.stream()
        .map(length -> trainedFor(length, base).get(Settings.EPOCHS))
        .filter(epochs -> !epochs.equals(base.get(Settings.EPOCHS)))
        .distinct()
        .forEach(
            epochs -> {
              parts.add(onCurve(NONE, null, plain, epochs));
              parts.add(onCurve(HARD_TOKEN, CONVNET, hardToken, epochs));
            });
    return List.copyOf(parts);
  }

  private static StudyPart teacher(String name, Recipe recipe) {
    return new StudyPart(name, null, false, null, false, recipe);
  }

  private static StudyPart onCurve(String of, String teacher, Recipe recipe, int epochs) {
    return new StudyPart(
        "%s-%d-epochs".formatted(of, epochs),
        teacher == null ? NONE : HARD,
        teacher != null,
        teacher,
        true,
        recipe.with(Settings.EPOCHS, epochs));
  }

  private static Recipe trainedFor(double length, Recipe recipe) {
    long epochs = Math.round(length * recipe.get(Settings.EPOCHS));
    return recipe.with(Settings.EPOCHS, Math.toIntExact(Math.max(1, epochs)));
  }
}
