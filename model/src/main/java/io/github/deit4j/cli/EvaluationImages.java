package io.github.deit4j.cli;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.set.DatasetFormat;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.JoinedImages;
import io.github.deit4j.data.set.RealLabels;
import io.github.deit4j.data.set.ValidationSplit;
import io.github.deit4j.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The images that a model is measured on: a part of a data set, by the data's own splits or by the
 * one that the run wrote from which the weights come.
 */
final class EvaluationImages implements AutoCloseable {
  /** How far above the weights of a checkpoint its run's folder is. */
  private static final int LEVELS = 3;

  private final Dataset images;

  /** What is to be closed, also where the images are only a part of it. */
  private final Dataset whole;

  private EvaluationImages(Dataset images, Dataset whole) {
    this.images = images;
    this.whole = whole;
  }

  /** A part of the images. */
  enum Part {
    /** What is not learned from. */
    VAL,
    /** What is learned from. */
    TRAIN,
    /** Every image. */
    ALL;

    /** Reads its name. */
    static final class Converter implements ITypeConverter<Part> {
      Converter() {}

      @Override
      public Part convert(String name) {
        return Arrays.stream(values())
            .filter(part -> part.toString().equals(name))
            .findFirst()
            .orElseThrow(
                () -> new TypeConversionException("expected val, train or all, found " + name));
      }
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Opens images.
   *
   * @param data the data set's folder
   * @param weights the weight file or folder, perhaps of a run
   * @param wanted null for the images to evaluate on: those of the data, else those that the run
   *     held out, else every one
   * @param notes hears which images are taken, where that does not go without saying
   * @throws UsageException if there is no such part
   * @throws DatasetException if files are missing or not as they should be
   */
  static EvaluationImages open(
      Path data, Path weights, Part wanted, Decoding decoding, Consumer<String> notes)
      throws DatasetException {
    Source source = new Source(data, Datasets.detect(data), run(weights), decoding);
    return wanted == null ? source.usual(notes) : source.part(wanted, notes);
  }

  /** Returns the folder of the run from which weights come, if they do. */
  private static Optional<Path> run(Path weights) {
    Path folder = weights.toAbsolutePath().normalize();
    if (!Files.isDirectory(folder)) {
      folder = folder.getParent();
    }
    for (int level = 0; level < LEVELS && folder != null; level++, folder = folder.getParent()) {
      if (Files.isRegularFile(folder.resolve(RunFolder.RECIPE))) {
        return Optional.of(folder);
      }
    }
    return Optional.empty();
  }

  /** Where images come from. */
  private record Source(Path data, DatasetFormat format, Optional<Path> run, Decoding decoding) {
    /** The split that the run wrote. */
    private Optional<Path> split() {
      return run.map(folder -> folder.resolve(ValidationSplit.FILE)).filter(Files::isRegularFile);
    }

    /** Whether the data says by itself by which images models may be chosen. */
    private boolean hasValidation() throws DatasetException {
      return format.testSplit(data).filter(name -> !name.equals("test")).isPresent();
    }

    private EvaluationImages usual(Consumer<String> notes) throws DatasetException {
      if (format.testSplit(data).isPresent()) {
        return whole(open(Split.TEST));
      }
      if (split().isPresent()) {
        try {
          return ofRun(Part.VAL, notes);
        } catch (DatasetException e) {
          notes.accept(
              "%s is of other images, so all of these are taken (%s)"
                  .formatted(split().get(), e.getMessage()));
        }
      }
      return whole(open(format.hasSplits(data) ? Split.TEST : Split.TRAIN));
    }

    private EvaluationImages part(Part wanted, Consumer<String> notes) throws DatasetException {
      boolean hasTest = format.testSplit(data).isPresent();
      if (wanted == Part.ALL) {
        return whole(hasTest ? everything() : open(Split.TRAIN));
      }
      if (!hasValidation() && split().isPresent()) {
        return ofRun(wanted, notes);
      }
      if (!hasTest && (wanted == Part.VAL || !format.hasSplits(data))) {
        throw new UsageException(
            "--split %s: expected a split of %s, or weights in the folder of a run that held images"
                    .formatted(wanted, data)
                + " of it out (%s), found neither; --split all takes every image"
                    .formatted(ValidationSplit.FILE));
      }
      return whole(open(wanted == Part.VAL ? Split.TEST : Split.TRAIN));
    }

    private Dataset everything() throws DatasetException {
      Dataset train = open(Split.TRAIN);
      try {
        Dataset test = open(Split.TEST);
        try {
          return JoinedImages.of(train, test);
        } catch (DatasetException e) {
          test.close();
          throw e;
        }
      } catch (DatasetException e) {
        train.close();
        throw e;
      }
    }

    private EvaluationImages ofRun(Part part, Consumer<String> notes) throws DatasetException {
      Dataset all = open(Split.TRAIN);
      try {
        ValidationSplit split = ValidationSplit.read(split().orElseThrow(), all);
        Dataset images = part == Part.VAL ? split.validation() : split.training();
        notes.accept(
            String.format(
                Locale.ROOT,
                "%,d of %,d images: those that the run %s (%s)",
                images.size(),
                all.size(),
                part == Part.VAL ? "held out" : "learned from",
                split().get()));
        return new EvaluationImages(images, all);
      } catch (DatasetException | RuntimeException e) {
        all.close();
        throw e;
      }
    }

    private Dataset open(Split split) throws DatasetException {
      return format.open(data, split, decoding);
    }
  }

  private static EvaluationImages whole(Dataset images) {
    return new EvaluationImages(images, images);
  }

  /**
   * Gives these images ReaL's labels; closing either closes both.
   *
   * @throws DatasetException if the file is not as it should be
   */
  EvaluationImages labelled(Path real, Consumer<String> notes) throws DatasetException {
    RealLabels labelled = RealLabels.read(real, images);
    notes.accept(
        String.format(
            Locale.ROOT,
            "%,d images have no label in %s and do not count",
            labelled.withoutLabels(),
            real));
    return new EvaluationImages(labelled, whole);
  }

  /** Returns the images. */
  Dataset images() {
    return images;
  }

  @Override
  public void close() {
    whole.close();
  }
}
