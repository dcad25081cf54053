package io.github.deit4j.study;

import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import java.util.List;

/**
 * One model of the study.
 *
 * @param name of its folder
 * @param method {@code none}, {@code soft}, {@code hard} or {@code second-class-token}; null for a
 *     teacher
 * @param token whether there is a second token
 * @param teacher name of the part that teaches; null without
 * @param recipe everything but the seed
 */
public record StudyPart(String name, String method, boolean token, String teacher, Recipe recipe) {
  /** Name of the teacher that is a convnet. */
  public static final String CONVNET = "regnety";

  /** Name of the teacher that is a DeiT. */
  public static final String DEIT = "deit";

  /** Names of the students that are compared with each other in detail. */
  public static final String NONE = "none";

  /** The paper's method: hard distillation through the token, from the convnet. */
  public static final String HARD_TOKEN = "hard-token";

  /** The paper's control: a second token that learns the labels. */
  public static final String SECOND_CLASS_TOKEN = "second-class-token";

  /** The methods that can be asked for alone. */
  public static final List<String> METHODS = List.of(NONE, "soft", "hard", SECOND_CLASS_TOKEN);

  /** Temperature and share of soft distillation in the paper (section 6). */
  private static final double PAPER_TAU = 3;

  private static final double PAPER_ALPHA = 0.1;

  /** Returns whether this is a teacher. */
  public boolean isTeacher() {
    return method == null;
  }

  /** Returns the recipe with a seed. */
  public Recipe recipe(long seed) {
    return recipe.with(Settings.SEED, seed);
  }

  /**
   * Returns the parts of a study, teachers first.
   *
   * @param name of the study: {@code NAME-study}, {@code -study-convnet} and {@code -study-deit}
   *     are its recipes
   * @param only a method, to leave out all other students and what teaches only them; null for all
   * @param sets changes of all recipes, of the form {@code key=value}
   */
  public static List<StudyPart> of(String name, String only, List<String> sets) {
    Recipe base = Recipe.load(name + "-study", sets);
    Recipe convnet = Recipe.load(name + "-study-convnet", sets);
    Recipe deit = Recipe.load(name + "-study-deit", sets);
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
    List<StudyPart> all =
        List.of(
            new StudyPart(CONVNET, null, false, null, convnet),
            new StudyPart(DEIT, null, false, null, deit),
            new StudyPart(NONE, NONE, false, null, plain),
            new StudyPart("soft", "soft", false, CONVNET, soft),
            new StudyPart("hard", "hard", false, CONVNET, hard),
            new StudyPart(HARD_TOKEN, "hard", true, CONVNET, hardToken),
            new StudyPart(SECOND_CLASS_TOKEN, SECOND_CLASS_TOKEN, true, null, labels),
            new StudyPart("hard-token-from-deit", "hard", true, DEIT, hardToken));
    List<StudyPart> chosen =
        all.stream().filter(part -> only == null || only.equals(part.method)).toList();
    return all.stream()
        .filter(
            part ->
                chosen.contains(part)
                    || chosen.stream().anyMatch(student -> part.name.equals(student.teacher)))
        .toList();
  }
}
