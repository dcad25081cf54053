package io.github.deit4j.cli;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells the classes of image files. */
@Command(
    name = "predict",
    description = {
      "Tells the most probable classes of image files (JPEG, PNG, BMP, GIF, WebP or TIFF).",
      "A distilled model decides by both heads (joint), unless --head names another."
    })
final class PredictCommand extends Subcommand.OnDevice {
  /**
   * Parameters times images up to which the vector kernels' warming up, about a second of two
   * cores, would cost more than they gain.
   */
  private static final long SHORT_JOB = 50_000_000;

  @Mixin private Options.Model model;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "5",
      description = "How many classes to show of each image (default: ${DEFAULT-VALUE}).")
  private int top;

  @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "Image files of any size.")
  private List<Path> images;

  /** What came of one image: predictions, or else an error. */
  private record Result(Path image, List<Prediction> predictions, String error) {}

  @Override
  public Integer call() throws IOException {
    requireAtLeast("--top", 1, top);
    ModelInfo info = model.readInfo();
    model.warn(terminal);
    List<Result> results = new ArrayList<>();
    // The first image is decoded while the model is loaded.
    try (DecodeAhead decoded = new DecodeAhead(images, info.preprocessing().decoding());
        Backend backend = openBackend(info.config());
        Classifier classifier =
            Classifier.load(model.source(), backend, model.head().orElse(null));
        Classifier.Session session = classifier.openSession()) {
      for (Path image : images) {
        results.add(classify(session, info.preprocessing().evaluation(), image, decoded));
      }
    }
    print(
        Map.of("images", results.stream().map(PredictCommand::toJson).toList()),
        () -> results.forEach(this::print));
    List<Result> failed = results.stream().filter(result -> result.error() != null).toList();
    failed.forEach(result -> terminal.say(result.error()));
    return failed.isEmpty() ? ExitCode.OK : ExitCode.BAD_DATA;
  }

  private Backend openBackend(ModelConfig config) {
    boolean isShort = images.size() * config.parameterCount() <= SHORT_JOB;
    return isShort ? device.openForShortJob() : device.open();
  }

  private Result classify(
      Classifier.Session session, Transform preprocessing, Path image, DecodeAhead decoded) {
    try {
      Image next = decoded.next();
      preprocessing.requireFits(image.toString(), next.height(), next.width());
      List<Prediction> predictions = session.classify(next, top);
      if (predictions.stream().anyMatch(prediction -> Double.isNaN(prediction.probability()))) {
        return new Result(image, List.of(), image + ": the model gives no finite numbers for it");
      }
      return new Result(image, predictions, null);
    } catch (CorruptImageException e) {
      return new Result(image, List.of(), e.getMessage());
    }
  }

  private void print(Result result) {
    if (result.error() != null) {
      return;
    }
    PrintWriter out = terminal.out();
    out.println(result.image());
    for (Prediction prediction : result.predictions()) {
      double percent = 100 * prediction.probability();
      out.printf(Locale.ROOT, "%8.2f %%  %s%n", percent, prediction.className());
    }
  }

  private static Map<String, Object> toJson(Result result) {
    String file = result.image().toString();
    return result.error() == null
        ? JsonWriter.object(
            "file",
            file,
            "predictions",
            result.predictions().stream().map(PredictCommand::toJson).toList())
        : JsonWriter.object("file", file, "error", result.error());
  }

  private static Map<String, Object> toJson(Prediction prediction) {
    return JsonWriter.object(
        "class", prediction.className(),
        "index", prediction.classIndex(),
        "probability", prediction.probability());
  }

  /** Decodes image files in their order on a thread of its own, one ahead of the caller. */
  private static final class DecodeAhead implements AutoCloseable {
    private final ExecutorService thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("deit4j-decode").factory());
    private final Iterator<Path> files;
    private final Decoding decoding;
    private Future<Image> next;

    /** Starts with the first file at once. */
    DecodeAhead(List<Path> files, Decoding decoding) {
      this.files = files.iterator();
      this.decoding = decoding;
      advance();
    }

    private void advance() {
      if (files.hasNext()) {
        Path file = files.next();
        next = thread.submit(() -> ImageDecoder.decode(file, decoding));
      }
    }

    /** Returns the next image; to be called once for every file. */
    Image next() throws CorruptImageException {
      Future<Image> current = next;
      advance();
      try {
        return current.get();
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case CorruptImageException corrupt -> throw corrupt;
          case Error error -> throw error;
          case Throwable other ->
              throw new IllegalStateException("an image's decoder failed", other);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while an image was decoded", e);
      }
    }

    @Override
    public void close() {
      thread.shutdownNow();
    }
  }
}
