package io.github.deit4j.train;

import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;

/**
 * The learning rate over time: a linear warm-up, then a cosine down to {@code min}. The cosine
 * counts from the beginning, not from the warm-up's end. Times are in epochs or in optimizer steps,
 * whichever unit {@code warmup} and {@code total} have.
 *
 * <p>For t &lt; warmup: {@code warmupRate + t·(base − warmupRate)/warmup}; for t &lt; total: {@code
 * min + ½·(base − min)·(1 + cos(π·t/total))}; then {@code min} (SGDR, Loshchilov and Hutter 2017,
 * equation 5, as timm has it).
 *
 * @param base rate at the top of the cosine, already scaled by the batch, see {@link #scaled}
 * @param warmupRate rate at time 0 if there is a warm-up; not scaled
 * @param min rate at the end; not scaled, so it may lie above {@code base}
 * @param warmup length of the warm-up, 0 for none
 * @param total length of the whole schedule
 */
public record LearningRate(
    double base, double warmupRate, double min, double warmup, double total) {
  /** The effective batch for which DeiT's rates are given. */
  private static final double REFERENCE_BATCH = 512;

  /** The rate of each optimizer step of a run. */
  @FunctionalInterface
  public interface PerStep {
    /**
     * Returns the learning rate of a step.
     *
     * @param step number of the step since the run's beginning, from 0
     */
    double at(long step);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is negative or not finite, or total is not positive
   */
  public LearningRate {
    notNegative("base", base);
    notNegative("warmupRate", warmupRate);
    notNegative("min", min);
    notNegative("warmup", warmup);
    notNegative("total", total);
    if (total == 0) {
      throw new IllegalArgumentException("learning rate: total: expected above 0, found 0");
    }
  }

  private static void notNegative(String name, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "learning rate: " + name + ": expected 0 or more, found " + value);
    }
  }

  /** Returns the rate at time {@code t} ≥ 0. */
  public double at(double t) {
    if (t < warmup) {
      return warmupRate + t * ((base - warmupRate) / warmup);
    }
    if (t < total) {
      return min + 0.5 * (base - min) * (1 + StrictMath.cos(StrictMath.PI * t / total));
    }
    return min;
  }

  /**
   * Returns the rate with which the reference code trains an epoch: it moves its scheduler after an
   * epoch, by the number of that epoch, so that the first two epochs have the rate of time 0 and
   * all others the one of the epoch before.
   *
   * @param epoch number of the epoch, from 0
   */
  public double laggingAt(long epoch) {
    return at((double) Math.max(epoch - 1, 0));
  }

  /** Returns a rate times the effective batch divided by 512 (paper, section 6). */
  public static double scaled(double rate, long effectiveBatch) {
    return rate * effectiveBatch / REFERENCE_BATCH;
  }

  /**
   * Returns the schedule of a recipe.
   *
   * @param stepsPerEpoch optimizer steps of an epoch, at least 1
   */
  public static PerStep of(Recipe recipe, long stepsPerEpoch) {
    return of(recipe, stepsPerEpoch, true);
  }

  /**
   * Returns the schedule of a recipe, perhaps without its warm-up, as a run has it that is
   * extended.
   *
   * @param stepsPerEpoch optimizer steps of an epoch, at least 1
   */
  static PerStep of(Recipe recipe, long stepsPerEpoch, boolean warmsUp) {
    if (stepsPerEpoch < 1) {
      throw new IllegalArgumentException(
          "learning rate: expected 1 or more optimizer steps per epoch, found " + stepsPerEpoch);
    }
    if (recipe.get(Settings.SCHEDULE) == Settings.ScheduleUnit.STEP) {
      var rate = inUnits(recipe, stepsPerEpoch, warmsUp);
      return step -> rate.at((double) step);
    }
    var rate = inUnits(recipe, 1, warmsUp);
    boolean lagging = recipe.get(Settings.SCHEDULE_LAG);
    return step -> {
      long epoch = step / stepsPerEpoch;
      return lagging ? rate.laggingAt(epoch) : rate.at((double) epoch);
    };
  }

  private static LearningRate inUnits(Recipe recipe, long unitsPerEpoch, boolean warmsUp) {
    double rate = recipe.get(Settings.LR);
    return new LearningRate(
        switch (recipe.get(Settings.LR_SCALING)) {
          case NONE -> rate;
          case BATCH -> scaled(rate, recipe.effectiveBatch());
        },
        recipe.get(Settings.WARMUP_LR),
        recipe.get(Settings.MIN_LR),
        warmsUp ? recipe.get(Settings.WARMUP_EPOCHS) * unitsPerEpoch : 0,
        (double) recipe.get(Settings.EPOCHS) * unitsPerEpoch);
  }
}
