package io.github.deit4j.cli;

import io.github.deit4j.cli.ImageArguments.Found;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.inference.Head;
import io.github.deit4j.inference.ImagePredictions;
import io.github.deit4j.inference.PredictionFile;
import io.github.deit4j.inference.PredictionFormat;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.nn.ModelConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells the classes of image files. */
@Command(
    name = "predict",
    description = {
      "Tells the most probable classes of image files (JPEG, PNG, BMP, GIF, WebP or TIFF).",
      "A distilled model decides by both heads (joint), unless --head names another.",
      "With --predictions a line for each image goes to a file as soon as it is known; the same"
          + " command goes on where another one stopped."
    })
final class PredictCommand extends Subcommand.OnDevice {
  /**
   * Parameters times images up to which the vector kernels' warming up, about a second of two
   * cores, would cost more than they gain.
   */
  private static final long SHORT_JOB = 50_000_000;

  private static final int BATCH = 16;

  /** Of one JSON document, which is in memory until it is printed. */
  private static final int MOST_IN_A_DOCUMENT = 10_000;

  @Mixin private Options.Model model;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "5",
      description = "How many classes to show of each image (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--list",
      paramLabel = "FILE",
      description = "A text file with the path of an image on each line.")
  private Path list;

  @Option(
      names = "--predictions",
      paramLabel = "FILE",
      description =
          "Write path, classes and probabilities by every head to a file, CSV (.csv) or JSON Lines"
              + " (.jsonl). Images that it has already are not computed again.")
  private Path predictions;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Images of a forward pass (default: "
              + BATCH
              + "; 1 for a few files). Changes no result.")
  private Integer batch;

  @Parameters(
      paramLabel = "IMAGE",
      arity = "0..*",
      description =
          "Image files of any size, folders of them, or quoted patterns such as 'photos/**.jpg'.")
  private List<String> arguments = List.of();

  private ImageArguments images;
  private ModelInfo info;

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireAtLeast("--top", 1, top);
    if (batch != null) {
      requireAtLeast("--batch", 1, batch);
    }
    if (arguments.isEmpty() && list == null) {
      throw new UsageException("expected images, a folder or --list, found none of them");
    }
    images = new ImageArguments(arguments, list);
    model.locate(this);
    info = model.readInfo();
    model.warn(terminal);
    return predictions == null ? show() : write();
  }

  /** What came of one image: predictions, or else an error. */
  private record Result(String image, List<Prediction> predictions, String error) {}

  private int show() throws IOException {
    Shown shown = new Shown();
    Head head = model.head().orElse(info.config().distilled() ? Head.JOINT : Head.CLASS);
    int together = batch != null ? batch : images.areFiles() ? 1 : BATCH;
    // The first images are decoded while the model is loaded.
    try (ImageArguments.Walk walk = images.open();
        BulkPredictor predictor =
            new BulkPredictor(walk, info.preprocessing(), together, device.threads());
        Backend backend = openBackend(info.config());
        Classifier classifier =
            Classifier.load(model.source(), backend, model.head().orElse(null));
        Classifier.Session session = classifier.openSession()) {
      predictor.run(session, List.of(head), top, shown.by(head));
    }
    return shown.end();
  }

  /** Shows predictions: of files when all are there, of folders one after the other. */
  private final class Shown {
    private final boolean atOnce = !json && !images.areFiles();
    private final List<Result> kept = new ArrayList<>();
    private int shown;
    private int failed;

    BulkPredictor.Listener by(Head head) {
      return new BulkPredictor.Listener() {
        @Override
        public void predicted(List<ImagePredictions> images) {
          images.forEach(image -> add(new Result(image.path(), image.byHead().get(head), null)));
        }

        @Override
        public void failed(Path image, String reason) {
          failed++;
          add(new Result(image.toString(), List.of(), reason));
        }
      };
    }

    private void add(Result result) {
      shown++;
      if (!atOnce) {
        if (kept.size() == MOST_IN_A_DOCUMENT && json) {
          throw new UsageException(
              "--json: expected at most %,d images, since the document is in memory, found more;"
                      .formatted(MOST_IN_A_DOCUMENT)
                  + " use --predictions FILE");
        }
        kept.add(result);
      } else if (result.error() == null) {
        print(result);
      } else {
        terminal.say(result.error());
      }
    }

    int end() throws DatasetException {
      requireSome(shown);
      if (!atOnce) {
        PredictCommand.this.print(
            Map.of("images", kept.stream().map(PredictCommand::toJson).toList()),
            () -> kept.stream().filter(result -> result.error() == null).forEach(this::print));
        kept.stream()
            .filter(result -> result.error() != null)
            .forEach(result -> terminal.say(result.error()));
      }
      return failed == 0 ? ExitCode.OK : ExitCode.BAD_DATA;
    }

    private void print(Result result) {
      PrintWriter out = terminal.out();
      out.println(result.image());
      for (Prediction prediction : result.predictions()) {
        double percent = 100 * prediction.probability();
        out.printf(Locale.ROOT, "%8.2f %%  %s%n", percent, prediction.className());
      }
      out.flush();
    }
  }

  private void requireSome(long found) throws DatasetException {
    if (found == 0) {
      throw new DatasetException(
          "%s: expected image files, found none".formatted(list == null ? arguments : list));
    }
  }

  private Backend openBackend(ModelConfig config) {
    boolean isShort = images.areFiles() && arguments.size() * config.parameterCount() <= SHORT_JOB;
    return isShort ? device.openForShortJob() : device.open();
  }

  private int write() throws IOException {
    List<Head> heads = model.head().map(List::of).orElse(Head.of(info.config()));
    long total = images.count();
    requireSome(total);
    try (PredictionFile file = PredictionFile.open(predictions, format(heads));
        Backend backend = device.open();
        Classifier classifier =
            Classifier.load(model.source(), backend, model.head().orElse(null));
        Classifier.Session session = classifier.openSession()) {
      requireSame(file, session, heads);
      try (ImageArguments.Walk walk = images.open();
          ProgressBar bar = new ProgressBar(terminal, json, "predicting", "images", total)) {
        Written written = new Written(file, bar);
        try (BulkPredictor predictor = predictor(written.without(walk))) {
          predictor.run(session, heads, file.format().top(), written);
        }
        return written.end();
      }
    }
  }

  private PredictionFormat format(List<Head> heads) {
    try {
      int classes = Math.min(top, info.classNames().size());
      return PredictionFormat.of(predictions, heads, classes, false);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--predictions: " + e.getMessage());
    }
  }

  private BulkPredictor predictor(Iterator<Found> found) {
    int size = batch == null ? BATCH : batch;
    return new BulkPredictor(found, info.preprocessing(), size, device.threads());
  }

  /** Lest the predictions of two models stand in one file. An image may be gone by now. */
  private void requireSame(PredictionFile file, Classifier.Session session, List<Head> heads)
      throws IOException {
    Optional<String> first = file.firstPath();
    if (first.isEmpty()) {
      return;
    }
    Iterator<Found> again = List.of(Found.image(Path.of(first.get()))).iterator();
    try (BulkPredictor predictor = predictor(again)) {
      predictor.run(
          session,
          heads,
          file.format().top(),
          new BulkPredictor.Listener() {
            @Override
            public void predicted(List<ImagePredictions> images) throws IOException {
              file.requireSame(images.getFirst());
            }

            @Override
            public void failed(Path image, String reason) {}
          });
    }
  }

  /** Writes predictions to a file. */
  private final class Written implements BulkPredictor.Listener {
    private final PredictionFile file;
    private final ProgressBar bar;
    private long before;
    private long done;
    private long failed;

    Written(PredictionFile file, ProgressBar bar) {
      this.file = file;
      this.bar = bar;
    }

    /** Returns those that the file doesn't have. */
    Iterator<Found> without(ImageArguments.Walk walk) {
      return new Iterator<>() {
        private Found next = advance();

        private Found advance() {
          while (walk.hasNext()) {
            Found found = walk.next();
            if (!file.knows(found.path().toString())) {
              return found;
            }
            before++;
          }
          return null;
        }

        @Override
        public boolean hasNext() {
          return next != null;
        }

        @Override
        public Found next() {
          Found current = next;
          next = advance();
          return current;
        }
      };
    }

    @Override
    public void predicted(List<ImagePredictions> images) throws IOException {
      file.add(images);
      done += images.size();
      bar.update(before + done + failed);
    }

    @Override
    public void failed(Path image, String reason) {
      failed++;
      bar.say(reason);
    }

    int end() {
      print(
          JsonWriter.object(
              "predictions", predictions.toString(),
              "predicted", done,
              "known", before,
              "failed", failed),
          () ->
              terminal.say(
                  "%s: %,d images predicted, %,d were there before, %,d could not be read"
                      .formatted(predictions, done, before, failed)));
      return failed == 0 ? ExitCode.OK : ExitCode.BAD_DATA;
    }
  }

  private static Map<String, Object> toJson(Result result) {
    return result.error() == null
        ? JsonWriter.object(
            "file",
            result.image(),
            "predictions",
            result.predictions().stream().map(Prediction::toJson).toList())
        : JsonWriter.object("file", result.image(), "error", result.error());
  }
}
