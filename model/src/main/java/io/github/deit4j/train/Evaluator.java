package io.github.deit4j.train;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.Single;
import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.EvalLoader;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Head;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.BatchInference;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.DoubleStream;

/**
 * Measures a model on all images of a data set, by every head at once. Ranks share the images; the
 * scores are the same for any number of them.
 */
public final class Evaluator {
  private static final int TOP = 5;

  private final Backend backend;
  private final Dataset dataset;
  private final Preprocessing preprocessing;
  private final int batch;
  private final int dataThreads;
  private final Collective ranks;

  /**
   * Creates an evaluator for one process.
   *
   * @param dataset with the true labels; stays the caller's to close
   * @param batch images of a forward pass; changes no result
   * @param dataThreads threads that decode images ahead; changes no result
   */
  public Evaluator(
      Backend backend, Dataset dataset, Preprocessing preprocessing, int batch, int dataThreads) {
    this(backend, dataset, preprocessing, batch, dataThreads, new Single());
  }

  /**
   * Creates a rank's evaluator.
   *
   * @param dataset with the true labels, the same on all ranks; stays the caller's to close
   * @param batch images of a forward pass; changes no result
   * @param dataThreads threads that decode images ahead; changes no result
   * @param ranks all of which evaluate
   */
  public Evaluator(
      Backend backend,
      Dataset dataset,
      Preprocessing preprocessing,
      int batch,
      int dataThreads,
      Collective ranks) {
    this.ranks = ranks;
    this.backend = backend;
    this.dataset = dataset;
    this.preprocessing = preprocessing;
    this.batch = batch;
    this.dataThreads = dataThreads;
  }

  /** Returns the heads that a model has. */
  public static List<Head> heads(Model model) {
    return Head.of(model.config());
  }

  /**
   * Evaluates every head.
   *
   * @param progress hears the number of images done so far, by this rank
   * @param onBadImage hears of each image that could not be read and was left out: of the own ones
   *     at once, of those of other ranks at the end
   * @throws DatasetException if no image can be read
   * @throws InterruptedException if the thread is interrupted
   */
  public Map<Head, Score> evaluate(Model model, IntConsumer progress, Consumer<BadImage> onBadImage)
      throws DatasetException, InterruptedException {
    return evaluate(model, progress, onBadImage, (_, _) -> {});
  }

  /** Hears of the logits of each batch. */
  @FunctionalInterface
  public interface Observer {
    /**
     * Takes a batch.
     *
     * @param images indices in the data set
     * @param logits of these images, to be read before this returns
     * @throws UncheckedIOException if they cannot be written anywhere; it ends the evaluation
     */
    void logits(int[] images, Logits logits);
  }

  /** As {@link #evaluate(Model, IntConsumer, Consumer)}, and tells of the logits on the way. */
  public Map<Head, Score> evaluate(
      Model model, IntConsumer progress, Consumer<BadImage> onBadImage, Observer observer)
      throws DatasetException, InterruptedException {
    Map<Head, Results> results = new EnumMap<>(Head.class);
    heads(model).forEach(head -> results.put(head, new Results()));
    List<BadImage> bad = new ArrayList<>();
    int done = 0;
    try (EvalLoader loader = loader(bad, onBadImage);
        TensorArena arena = backend.arena("evaluation");
        BatchInference inference = new BatchInference(backend)) {
      model.prepare(backend);
      for (Optional<SampleBatch> next = loader.next(); next.isPresent(); next = loader.next()) {
        SampleBatch samples = next.get();
        arena.reset();
        Tensor images = preprocessing.normalized(backend, arena, samples.pixels(), samples.size());
        Logits logits = inference.logits(model, images, arena);
        add(results, arena, logits, samples.indices());
        observer.logits(samples.indices(), logits);
        done += samples.size();
        progress.accept(done);
      }
    }
    return scores(results, bad, onBadImage);
  }

  /**
   * Evaluates every head by what it sees of this rank's images.
   *
   * @param onBadImage hears of each image that could not be read and was left out
   * @param observer hears of the logits on the way
   * @throws DatasetException if no image can be read
   */
  Map<Head, Score> evaluate(
      Model model, FrozenFeatures features, Consumer<BadImage> onBadImage, Observer observer)
      throws DatasetException, InterruptedException {
    Map<Head, Results> results = new EnumMap<>(Head.class);
    heads(model).forEach(head -> results.put(head, new Results()));
    features.bad().forEach(onBadImage);
    try (TensorArena arena = backend.arena("evaluation")) {
      for (int[] indices : features.batches()) {
        arena.reset();
        ForwardPass pass = ForwardPass.evaluation(Ops.inference(backend, arena));
        Logits logits = model.logits(pass, features.of(arena, indices));
        add(results, arena, logits, indices);
        observer.logits(indices, logits);
      }
    }
    return scores(results, features.bad(), onBadImage);
  }

  private void add(Map<Head, Results> results, TensorArena arena, Logits logits, int[] indices) {
    List<List<Integer>> right = Arrays.stream(indices).mapToObj(dataset::rightClasses).toList();
    Ops ops = Ops.inference(backend, arena);
    results.forEach((head, of) -> of.add(ops, head, logits, right));
  }

  /**
   * Returns the first image of a rank, and behind the last rank's the number of all. Each has whole
   * batches: a device may give an image other last bits in a batch of another size.
   */
  int firstImage(int rank) {
    long batches = Math.ceilDiv(dataset.size(), batch);
    return (int) Math.min(dataset.size(), batches * rank / ranks.size() * batch);
  }

  private Map<Head, Score> scores(
      Map<Head, Results> results, List<BadImage> bad, Consumer<BadImage> onBadImage)
      throws DatasetException, InterruptedException {
    var messages = new RankMessages(ranks);
    for (BadImage image : messages.badImages(bad)) {
      if (!bad.contains(image)) {
        onBadImage.accept(image);
      }
    }
    Map<Head, Score> scores = new EnumMap<>(Head.class);
    for (Map.Entry<Head, Results> of : results.entrySet()) {
      scores.put(of.getKey(), score(messages.joined(of.getValue().toArray())));
    }
    return scores;
  }

  private EvalLoader loader(List<BadImage> bad, Consumer<BadImage> onBadImage) {
    return new EvalLoader(
        dataset,
        preprocessing.evaluation(),
        batch,
        dataThreads,
        image -> {
          bad.add(image);
          onBadImage.accept(image);
        },
        firstImage(ranks.rank()),
        firstImage(ranks.rank() + 1));
  }

  /** Adds up the results of all images, in their order. */
  private Score score(double[] results) throws DatasetException {
    int images = results.length / Results.NUMBERS;
    if (images == 0) {
      throw new DatasetException("none of the data set's %d images can be read", dataset.size());
    }
    int top1 = 0;
    int top5 = 0;
    double loss = 0;
    for (int i = 0; i < images; i++) {
      double place = results[Results.NUMBERS * i];
      top1 += place == 0 ? 1 : 0;
      top5 += place < TOP ? 1 : 0;
      loss += results[Results.NUMBERS * i + 1];
    }
    return new Score((double) top1 / images, (double) top5 / images, loss / images);
  }

  /** What a head says about images. */
  private static final class Results {
    /** Of an image: how many classes are more probable than the right one, and the loss. */
    static final int NUMBERS = 2;

    private final DoubleStream.Builder numbers = DoubleStream.builder();

    double[] toArray() {
      return numbers.build().toArray();
    }

    /** Adds where a head sees the right classes of a batch. */
    void add(Ops ops, Head head, Logits logits, List<List<Integer>> right) {
      Tensor first = logits.classLogits();
      Tensor second = logits.distillation();
      Tensor x =
          switch (head) {
            case CLASS, JOINT -> first;
            case DISTILLATION -> second;
            case MEAN -> ops.mean(first, second);
          };
      Tensor other = head == Head.JOINT ? second : null;
      int[] places = new int[right.size()];
      double[] losses = new double[right.size()];
      score(ops, x, other, labels(right, 0), places, losses);
      int most = right.stream().mapToInt(List::size).max().orElse(1);
      int[] otherPlaces = new int[places.length];
      double[] otherLosses = new double[places.length];
      for (int k = 1; k < most; k++) {
        score(ops, x, other, labels(right, k), otherPlaces, otherLosses);
        for (int i = 0; i < places.length; i++) {
          if (k < right.get(i).size()) {
            places[i] = Math.min(places[i], otherPlaces[i]);
            losses[i] = together(losses[i], otherLosses[i]);
          }
        }
      }
      for (int i = 0; i < places.length; i++) {
        numbers.add(places[i]).add(losses[i]);
      }
    }

    /** The k-th right class of every image, any where there is none. */
    private static int[] labels(List<List<Integer>> right, int k) {
      return right.stream().mapToInt(of -> of.get(Math.min(k, of.size() - 1))).toArray();
    }

    private static void score(
        Ops ops, Tensor x, Tensor other, int[] labels, int[] places, double[] losses) {
      Backend backend = ops.backend();
      Tensor placeTensor = ops.arena().allocate(DType.I32, Shape.of(labels.length));
      Tensor lossTensor = ops.arena().allocate(DType.F64, Shape.of(labels.length));
      backend.loss().score(placeTensor, lossTensor, x, other, labels);
      backend.read(MemorySegment.ofArray(places), placeTensor);
      backend.read(MemorySegment.ofArray(losses), lossTensor);
    }

    /** The negative logarithm of the sum of two probabilities, from theirs. */
    private static double together(double loss, double other) {
      double least = Math.min(loss, other);
      return least - StrictMath.log1p(StrictMath.exp(least - Math.max(loss, other)));
    }
  }

  /**
   * How well one head does on a data set.
   *
   * @param top1 share of images whose most probable class is right
   * @param top5 share of images of which a right class is among the five most probable
   * @param loss mean cross entropy with the true labels; where several classes are right, the
   *     probability that counts is theirs together
   */
  public record Score(double top1, double top5, double loss) {}
}
