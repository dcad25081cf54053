package io.github.deit4j.cli;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.data.BadImageLog;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.set.DatasetFormat;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.RealLabels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Head;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.Model;
import io.github.deit4j.train.Evaluator;
import io.github.deit4j.train.Evaluator.Score;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures a model on a data set's test images. */
@Command(
    name = "evaluate",
    description = {
      "Measures top-1, top-5 and loss of every head on the test images of a data set.",
      "The loss is the mean cross entropy with the true labels. --head shows one head only."
    })
final class EvaluateCommand extends Subcommand.OnDevice {
  @Mixin private Options.Model model;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description =
          "Folder with the files of Fashion-MNIST, CIFAR-10 or CIFAR-100, or with one folder of"
              + " images per class, below val or test or directly, or with images.csv, or"
              + " iNaturalist's files, or packed.")
  private Path data;

  @Option(
      names = "--real",
      paramLabel = "FILE",
      description =
          "ReaL's labels of ImageNet's validation images (real.json): several classes may be right,"
              + " and images without one do not count.")
  private Path real;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Images of a forward pass (default: ${DEFAULT-VALUE}). Changes no result.")
  private int batch;

  @Option(
      names = "--max-bad",
      paramLabel = "N",
      defaultValue = "0",
      description = "Unreadable images to leave out before giving up (default: ${DEFAULT-VALUE}).")
  private int maxBad;

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireAtLeast("--batch", 1, batch);
    requireAtLeast("--max-bad", 0, maxBad);
    device.shareAmong(ranks);
    Collective together = ranks.meet(terminal);
    ModelInfo info = model.readInfo();
    model.warn(terminal);
    try (Dataset dataset = open(info.preprocessing().decoding())) {
      requireSameClasses(info.classNames(), dataset.classNames());
      Measured measured = evaluate(dataset, info.preprocessing(), together);
      Map<Head, Score> scores = measured.scores();
      model.head().ifPresent(head -> scores.keySet().retainAll(List.of(head)));
      requireFinite(scores);
      print(Trainer.toJson(scores), () -> print(scores, measured.images()));
    }
    return ExitCode.OK;
  }

  private void requireSameClasses(List<String> ofModel, List<String> ofData)
      throws DatasetException {
    List<String> differences = ClassNames.differences(ofModel, ofData);
    if (!differences.isEmpty()) {
      throw new DatasetException(
          ("%s: expected the %d classes of %s, found %d others:%n  %s%n"
                  + "choose the data that the model was trained for, or fine-tune it for these")
              .formatted(
                  data,
                  ofModel.size(),
                  model.path(),
                  ofData.size(),
                  String.join("\n  ", differences)));
    }
  }

  /** A folder of images that isn't split is taken whole: here the user names what to measure on. */
  private Dataset open(Decoding decoding) throws DatasetException {
    DatasetFormat format = Datasets.detect(data);
    Dataset images = format.open(data, format.hasSplits(data) ? Split.TEST : Split.TRAIN, decoding);
    if (real == null) {
      return images;
    }
    try {
      RealLabels labelled = RealLabels.read(real, images);
      terminal.say(
          "%,d images have no label in %s and do not count"
              .formatted(labelled.withoutLabels(), real));
      return labelled;
    } catch (DatasetException e) {
      images.close();
      throw e;
    }
  }

  private record Measured(Map<Head, Score> scores, int images) {}

  private Measured evaluate(Dataset dataset, Preprocessing preprocessing, Collective together)
      throws IOException, InterruptedException {
    try (Backend backend = device.open();
        Model loaded = SavedModel.load(model.source(), backend).model();
        ProgressBar bar = new ProgressBar(terminal, json, "evaluating", "images", dataset.size())) {
      bar.update(0);
      var bad = new BadImageLog(maxBad, image -> bar.say("left out " + image));
      Map<Head, Score> scores =
          new Evaluator(backend, dataset, preprocessing, batch, device.threads(), together)
              .evaluate(loaded, bar::update, bad::add);
      bad.requireFew(); // at the end, so that one run names every unreadable image
      return new Measured(scores, dataset.size() - bad.count());
    }
  }

  private void requireFinite(Map<Head, Score> scores) throws FormatException {
    for (Map.Entry<Head, Score> entry : scores.entrySet()) {
      double loss = entry.getValue().loss();
      if (!Double.isFinite(loss)) {
        throw new FormatException(
            model.path(),
            "weights that give finite numbers",
            "a loss of %s by head %s; \"inspect\" shows which tensors are at fault"
                .formatted(loss, entry.getKey().id()));
      }
    }
  }

  private void print(Map<Head, Score> scores, int images) {
    terminal.out().printf(Locale.ROOT, "%s on %,d images of %s%n%n", model.path(), images, data);
    terminal.print(scores);
  }
}
