package io.github.deit4j.cli;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.data.BadImageLog;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Head;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.inference.PredictionFormat;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.Model;
import io.github.deit4j.report.EvaluationDetails;
import io.github.deit4j.report.EvaluationReport;
import io.github.deit4j.report.MistakePictures;
import io.github.deit4j.train.Evaluator;
import io.github.deit4j.train.Evaluator.Score;
import io.github.deit4j.train.PredictedClasses;
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
      "The loss is the mean cross entropy with the true labels. --head shows one head only.",
      "Precision, recall and F1 of every class, the calibration error and, with --json or --report,"
          + " the confusion matrix are by the head of --head, else by all heads in the JSON document"
          + " and by both together (joint) elsewhere."
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
      names = "--split",
      paramLabel = "PART",
      converter = EvaluationImages.Part.Converter.class,
      description =
          "Images of the data to take: val, train or all. val: of its split val, or those that the"
              + " run held out in whose folder the weights are (split.csv), or of its split test;"
              + " train: the others (default: val or test of the data, else what the run held out,"
              + " else all).")
  private EvaluationImages.Part split;

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

  @Option(
      names = "--predictions",
      paramLabel = "FILE",
      description =
          "Write path, label and the most probable classes by every head to a new file, CSV (.csv)"
              + " or JSON Lines (.jsonl).")
  private Path predictions;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "5",
      description = "How many classes to write of each image (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write a page (HTML) with all of it and with the surest mistakes as pictures, where there"
              + " is attention with maps of it.")
  private Path report;

  private ModelInfo info;
  private List<String> labels;

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireAtLeast("--batch", 1, batch);
    requireAtLeast("--top", 1, top);
    requireAtLeast("--max-bad", 0, maxBad);
    device.shareAmong(ranks);
    Collective together = ranks.meet(terminal);
    requireOneProcess("--predictions", predictions);
    requireOneProcess("--report", report);
    model.locate(this);
    info = model.readInfo();
    labels = ClassNames.labels(info.classNames());
    model.warn(terminal);
    try (EvaluationImages images = open(info.preprocessing().decoding())) {
      Dataset dataset = images.images();
      requireSameClasses(info.classNames(), dataset.classNames());
      try (LabelledPredictions written = LabelledPredictions.open(predictions, this::format)) {
        Measured measured = evaluate(dataset, together, written);
        print(toJson(measured), () -> print(measured));
        written.keep();
      }
    }
    return ExitCode.OK;
  }

  private void requireOneProcess(String option, Path file) {
    if (file != null && ranks.many()) {
      throw new UsageException(
          option + ": expected one process, found several, each of which has a part of the images");
    }
  }

  private PredictionFormat format() {
    try {
      int classes = Math.min(top, labels.size());
      return PredictionFormat.of(predictions, heads(), classes, true);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--predictions: " + e.getMessage());
    }
  }

  private List<Head> heads() {
    return model.head().map(List::of).orElse(Head.of(info.config()));
  }

  /** Returns the head that decides where one has to. */
  private Head deciding() {
    return model.head().orElse(heads().getLast());
  }

  private Map<String, Object> toJson(Measured measured) {
    Map<String, Object> json = Trainer.toJson(measured.scores());
    for (Head head : measured.scores().keySet()) {
      @SuppressWarnings("unchecked") // as JsonWriter.object made it
      Map<String, Object> scores = (Map<String, Object>) json.get(head.id());
      scores.putAll(measured.details().toJson(head));
    }
    return json;
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

  private EvaluationImages open(Decoding decoding) throws DatasetException {
    EvaluationImages images =
        EvaluationImages.open(data, model.path(), split, decoding, terminal::say);
    if (real == null) {
      return images;
    }
    try {
      return images.labelled(real, terminal::say);
    } catch (DatasetException e) {
      images.close();
      throw e;
    }
  }

  private record Measured(Map<Head, Score> scores, EvaluationDetails details, int images) {}

  private Measured evaluate(Dataset dataset, Collective together, LabelledPredictions written)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    try (Backend backend = device.open();
        Model loaded = SavedModel.load(model.source(), backend).model()) {
      Measured measured = measure(backend, loaded, dataset, together, written);
      if (report != null) {
        double seconds = (System.nanoTime() - began) / 1e9;
        EvaluationReport.write(report, page(backend, loaded, dataset, measured, seconds));
        terminal.say("the report is in " + report);
      }
      return measured;
    }
  }

  private Measured measure(
      Backend backend,
      Model loaded,
      Dataset dataset,
      Collective together,
      LabelledPredictions written)
      throws IOException, InterruptedException {
    try (ProgressBar bar =
        new ProgressBar(terminal, json, "evaluating", "images", dataset.size())) {
      bar.update(0);
      var bad = new BadImageLog(maxBad, image -> bar.say("left out " + image));
      PredictedClasses predicted = new PredictedClasses(dataset, heads());
      Evaluator evaluator =
          new Evaluator(backend, dataset, info.preprocessing(), batch, device.threads(), together);
      Map<Head, Score> scores =
          evaluator.evaluate(
              loaded,
              bar::update,
              bad::add,
              (images, logits) -> {
                LogitRows rows = LogitRows.of(backend, logits);
                predicted.add(images, rows);
                written.add(images, rows, dataset, labels);
              });
      bad.requireFew(); // at the end, so that one run names every unreadable image
      scores.keySet().retainAll(heads());
      requireFinite(scores);
      var details = new EvaluationDetails(labels, predicted.ofAll(together));
      return new Measured(scores, details, dataset.size() - bad.count());
    }
  }

  private EvaluationReport.Evaluation page(
      Backend backend, Model loaded, Dataset dataset, Measured measured, double seconds)
      throws IOException {
    Head head = deciding();
    MistakePictures pictures = new MistakePictures(backend, loaded, info, dataset, labels);
    return measured
        .details()
        .evaluation(
            "Evaluation of " + model.path().getFileName(),
            "%s on %,d images of %s, in %s."
                .formatted(model.path(), measured.images(), data, ProgressBar.time(seconds)),
            measured.scores(),
            head,
            pictures.of(measured.details().mistakes(head, MistakePictures.MOST), head));
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

  private void print(Measured measured) {
    terminal
        .out()
        .printf(Locale.ROOT, "%s on %,d images of %s%n%n", model.path(), measured.images(), data);
    terminal.print(measured.scores());
    measured.details().print(terminal.out(), deciding());
  }
}
