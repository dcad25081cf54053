package io.github.deit4j.cli;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.inference.Head;
import io.github.deit4j.inference.ImagePredictions;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.inference.PredictionFile;
import io.github.deit4j.inference.PredictionFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A new file of what a model says of images whose classes are known, written while they are
 * evaluated; without a file nothing is. One that was not finished is taken away.
 */
final class LabelledPredictions implements AutoCloseable {
  private final Path path;
  private final PredictionFile file;
  private boolean kept;

  private LabelledPredictions(Path path, PredictionFile file) {
    this.path = path;
    this.file = file;
  }

  /**
   * Creates the file.
   *
   * @param path {@code null} for none
   * @throws UsageException if it is there already
   */
  static LabelledPredictions open(Path path, Supplier<PredictionFormat> format) throws IOException {
    if (path == null) {
      return new LabelledPredictions(null, null);
    }
    PredictionFormat form = format.get();
    if (Files.exists(path)) {
      throw new UsageException(
          "--predictions: expected a file that is not there yet, found " + path);
    }
    return new LabelledPredictions(path, PredictionFile.open(path, form));
  }

  /** Adds a batch. */
  void add(int[] images, LogitRows rows, Dataset dataset, List<String> labels) {
    if (file == null) {
      return;
    }
    List<ImagePredictions> predictions = new ArrayList<>();
    for (int i = 0; i < images.length; i++) {
      Map<Head, List<Prediction>> byHead = new EnumMap<>(Head.class);
      for (Head head : file.format().heads()) {
        double[] logProbabilities = rows.logProbabilities(head, i);
        byHead.put(head, Prediction.best(logProbabilities, labels, file.format().top()));
      }
      String label = labels.get(dataset.label(images[i]));
      predictions.add(new ImagePredictions(dataset.name(images[i]), label, byHead));
    }
    try {
      file.add(predictions);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keeps the file, which is whole now. */
  void keep() {
    kept = true;
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
      if (!kept) {
        Files.deleteIfExists(path);
      }
    }
  }
}
