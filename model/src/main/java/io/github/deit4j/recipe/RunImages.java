package io.github.deit4j.recipe;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.set.DatasetFormat;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.Subset;
import io.github.deit4j.data.set.ValidationSplit;
import io.github.deit4j.recipe.Settings.Selection;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** The images of a run: those it learns from, and those it is evaluated on. */
public final class RunImages implements AutoCloseable {
  /** The split of a data set that is for the end alone. */
  private static final String TEST = "test";

  private final Dataset all;
  private final Dataset training;
  private final Dataset evaluation;
  private final ValidationSplit split;
  private final boolean validates;

  private RunImages(
      Dataset all, Dataset training, Dataset evaluation, ValidationSplit split, boolean validates) {
    this.all = all;
    this.training = training;
    this.evaluation = evaluation;
    this.split = split;
    this.validates = validates;
  }

  /**
   * Opens a recipe's images. Where there is no split to choose models by and the recipe has a
   * {@code val-split}, a part of the training images is held out.
   *
   * @param dir the data set's folder
   * @throws DatasetException if files are missing or not as they should be, or there are too few
   */
  public static RunImages open(Recipe recipe, Path dir) throws DatasetException {
    DatasetFormat format = Datasets.named(recipe.get(Settings.DATA));
    Decoding decoding = RecipeData.decoding(recipe);
    double share = recipe.get(Settings.VAL_SPLIT);
    Optional<String> own = format.testSplit(dir);
    Dataset all = format.open(dir, Split.TRAIN, decoding);
    try {
      if (share > 0 && own.filter(name -> !name.equals(TEST)).isEmpty()) {
        ValidationSplit split = ValidationSplit.draw(all, share, recipe.get(Settings.SEED));
        Dataset training = part(recipe, split.training());
        return new RunImages(all, training, split.validation(), split, true);
      }
      requireImagesToChooseBy(recipe, own);
      if (own.isEmpty() && format.hasSplits(dir)) {
        throw new DatasetException(
            "%s: expected images to evaluate on beside train, found train only; add val with the"
                + " same classes, or hold a part of train out (--set val-split=0.2)",
            dir);
      }
      Dataset training = part(recipe, all);
      Dataset test = format.hasSplits(dir) ? format.open(dir, Split.TEST, decoding) : null;
      return new RunImages(
          all, training, test, null, own.filter(name -> !name.equals(TEST)).isPresent());
    } catch (DatasetException | RuntimeException e) {
      all.close();
      throw e;
    }
  }

  /** Whoever chooses by test images does not know how good the choice is. */
  private static void requireImagesToChooseBy(Recipe recipe, Optional<String> split) {
    boolean test = split.filter(TEST::equals).isPresent();
    String found = "only test images; hold some others out (val-split=0.2)";
    if (recipe.get(Settings.EARLY_STOP) > 0 && (test || split.isEmpty())) {
      throw new RecipeException(
          recipe.toString(),
          Settings.EARLY_STOP.key(),
          "0 without images for validation",
          test ? found : "none; hold some out (val-split=0.2)");
    }
    if (recipe.get(Settings.SELECT) == Selection.BEST && test) {
      throw new RecipeException(
          recipe.toString(), Settings.SELECT.key(), "last without images for validation", found);
    }
  }

  private static Dataset part(Recipe recipe, Dataset images) throws DatasetException {
    int wanted = recipe.get(Settings.TRAIN_IMAGES);
    return wanted == 0 ? images : Subset.of(images, wanted);
  }

  /** Returns the images to learn from. */
  public Dataset training() {
    return training;
  }

  /** Returns the images to evaluate on, null for none. */
  public Dataset evaluation() {
    return evaluation;
  }

  /** Returns whether models may be compared by the images to evaluate on. */
  public boolean areForValidation() {
    return validates;
  }

  /** Returns how images were held out, if any were. */
  public Optional<ValidationSplit> split() {
    return Optional.ofNullable(split);
  }

  /** Returns what is worth knowing about how the images are used; empty where they say it. */
  public Optional<String> note() {
    String learned =
        String.format(
            Locale.ROOT,
            "%,d images of %d classes to learn from",
            training.size(),
            training.classNames().size());
    if (evaluation == null) {
      return Optional.of(learned + ", none to evaluate on; --set val-split=0.2 holds some out");
    }
    return split()
        .map(_ -> "%s, %,d held out to evaluate on".formatted(learned, evaluation.size()));
  }

  @Override
  public void close() {
    if (evaluation != null && split == null) {
      evaluation.close();
    }
    all.close();
  }
}
