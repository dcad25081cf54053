package io.github.deit4j.inference;

import io.github.deit4j.data.Image;
import io.github.deit4j.device.Backend;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.BatchInference;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A model that tells what is on an image: what a program embeds. Load it once and share it; each
 * thread opens a {@link Session} of its own.
 *
 * <pre>{@code
 * try (Classifier classifier = Classifier.load(Path.of("model.safetensors"), backend);
 *     Classifier.Session session = classifier.openSession()) {
 *   Prediction best = session.classify(image, 1).getFirst();
 * }
 * }</pre>
 */
public final class Classifier implements AutoCloseable {
  private final Backend backend;
  private final Model model;
  private final ModelInfo info;
  private final List<String> labels;
  private final Head head;

  private Classifier(Backend backend, Model model, ModelInfo info, Head head) {
    this.backend = backend;
    this.model = model;
    this.info = info;
    this.labels = ClassNames.labels(info.classNames());
    this.head = head;
  }

  /**
   * Loads a model; a distilled one decides by both heads as in the paper ({@link Head#JOINT}).
   *
   * @param backend what computes; stays the caller's to close, after the classifier
   * @throws io.github.deit4j.weights.FormatException if the file is malformed or describes no model
   */
  public static Classifier load(Path weights, Backend backend) throws IOException {
    return load(ModelSource.of(weights), backend, null);
  }

  /**
   * Loads a model that decides by the given head.
   *
   * @param head null for the default
   * @throws IllegalArgumentException if a plain model has no such head
   */
  public static Classifier load(ModelSource weights, Backend backend, Head head)
      throws IOException {
    SavedModel.Loaded loaded = SavedModel.load(weights, backend);
    try {
      return of(loaded.model(), loaded.info(), backend, head);
    } catch (IllegalArgumentException e) {
      loaded.model().close();
      throw e;
    }
  }

  /**
   * Takes a model that is there already.
   *
   * @param model closed with the classifier
   * @param info how its images are prepared, and what its classes are called
   * @param backend where the model's parameters are
   * @param head null for the default
   * @throws IllegalArgumentException if a plain model has no such head
   */
  public static Classifier of(Model model, ModelInfo info, Backend backend, Head head) {
    return new Classifier(backend, model, info, chooseHead(info.config(), head));
  }

  private static Head chooseHead(ModelConfig config, Head wanted) {
    if (wanted == null) {
      return config.distilled() ? Head.JOINT : Head.CLASS;
    }
    if (wanted != Head.CLASS && !config.distilled()) {
      throw new IllegalArgumentException(
          "head '" + wanted.id() + "': expected class, since the model has no distillation token");
    }
    return wanted;
  }

  /** Returns the heads that the model has. */
  public List<Head> heads() {
    return Head.of(info.config());
  }

  /** Returns what the model's file says beside the weights. */
  public ModelInfo info() {
    return info;
  }

  /** Returns the head that decides. */
  public Head head() {
    return head;
  }

  Backend backend() {
    return backend;
  }

  Model model() {
    return model;
  }

  /** Returns the attention of an image that is resized and cropped already. */
  AttentionMaps attentionOfPrepared(Image image) {
    return AttentionMaps.ofPrepared(backend, model, info, image);
  }

  /** Returns the most probable classes of the only image, first the best. */
  List<Prediction> best(LogitRows logits, int top) {
    return Prediction.best(logits.logProbabilities(head, 0), labels, top);
  }

  /**
   * One class for an image.
   *
   * @param classIndex number of the class
   * @param className its name for people, see {@link ClassNames#labels}
   * @param probability its probability, 0 to 1
   */
  public record Prediction(int classIndex, String className, double probability) {
    /**
     * Returns the most probable classes, first the best.
     *
     * @param logProbabilities natural logarithms, by class
     * @param labels names of the classes for people
     * @param top how many classes to return
     */
    public static List<Prediction> best(double[] logProbabilities, List<String> labels, int top) {
      return IntStream.range(0, logProbabilities.length)
          .boxed()
          .sorted(Comparator.comparingDouble(c -> -logProbabilities[c]))
          .limit(top)
          .map(c -> new Prediction(c, labels.get(c), StrictMath.exp(logProbabilities[c])))
          .toList();
    }

    /** Returns it as part of a JSON document. */
    public Map<String, Object> toJson() {
      return JsonWriter.object("class", className, "index", classIndex, "probability", probability);
    }
  }

  /** Opens a session for one thread. */
  public Session openSession() {
    return new Session();
  }

  /** Frees the model. Sessions end with an exception at their next use. */
  @Override
  public void close() {
    model.close();
  }

  /** One thread's working memory. Not to be used by two threads at once. */
  public final class Session implements AutoCloseable {
    private final TensorArena arena = backend.arena("session");
    private final BatchInference inference = new BatchInference(backend);

    private Session() {}

    /**
     * Classifies one image of any size.
     *
     * @param top how many classes to return
     * @return the most probable classes, first the best
     * @throws io.github.deit4j.tensor.ShapeException if the image is so thin that it would become
     *     enormous with its shorter side as long as the model needs it
     */
    public List<Prediction> classify(Image image, int top) {
      return classify(List.of(image), top).getFirst();
    }

    /** Classifies images of any size together; each gets what it would get alone. */
    public List<List<Prediction>> classify(List<Image> images, int top) {
      List<Image> prepared = images.stream().map(info.preprocessing()::prepare).toList();
      return classifyPrepared(prepared, List.of(head), top).stream()
          .map(byHead -> byHead.get(head))
          .toList();
    }

    /**
     * Classifies images that {@link Preprocessing#prepare} has made the model's size, by several
     * heads at once.
     *
     * @param images [channels, size, size] each
     * @param heads of {@link Classifier#heads}
     * @param top how many classes to return by each head
     * @return for each image the most probable classes by each head, first the best
     */
    public List<Map<Head, List<Prediction>>> classifyPrepared(
        List<Image> images, List<Head> heads, int top) {
      arena.reset();
      var pixels = new ByteArrayOutputStream();
      images.forEach(image -> pixels.writeBytes(image.pixels()));
      Tensor input =
          info.preprocessing().normalized(backend, arena, pixels.toByteArray(), images.size());
      LogitRows rows = LogitRows.of(backend, inference.logits(model, input, arena));
      List<Map<Head, List<Prediction>>> predictions = new ArrayList<>();
      for (int i = 0; i < images.size(); i++) {
        Map<Head, List<Prediction>> byHead = new EnumMap<>(Head.class);
        for (Head each : heads) {
          byHead.put(each, Prediction.best(rows.logProbabilities(each, i), labels, top));
        }
        predictions.add(byHead);
      }
      return predictions;
    }

    /** Frees the working memory. */
    @Override
    public void close() {
      inference.close();
      arena.close();
    }
  }
}
