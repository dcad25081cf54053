package io.github.deit4j.train;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.EvalLoader;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Head;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.BatchInference;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** Measures a model on all images of a data set, by every head at once. */
public final class Evaluator {
  private static final int TOP = 5;

  private final Backend backend;
  private final Dataset dataset;
  private final Preprocessing preprocessing;
  private final int batch;
  private final int dataThreads;

  /**
   * Creates an evaluator.
   *
   * @param dataset with the true labels; stays the caller's to close
   * @param batch images of a forward pass; changes no result
   * @param dataThreads threads that decode images ahead; changes no result
   */
  public Evaluator(
      Backend backend, Dataset dataset, Preprocessing preprocessing, int batch, int dataThreads) {
    this.backend = backend;
    this.dataset = dataset;
    this.preprocessing = preprocessing;
    this.batch = batch;
    this.dataThreads = dataThreads;
  }

  /** Returns the heads that a model has. */
  public static List<Head> heads(Model model) {
    return model.config().distilled() ? List.of(Head.values()) : List.of(Head.CLASS);
  }

  /**
   * Evaluates every head.
   *
   * @param progress hears the number of images done so far
   * @param onBadImage hears of each image that could not be read and was left out
   * @throws DatasetException if no image can be read
   * @throws InterruptedException if the thread is interrupted
   */
  public Map<Head, Score> evaluate(Model model, IntConsumer progress, Consumer<BadImage> onBadImage)
      throws DatasetException, InterruptedException {
    Map<Head, Sums> sums = new EnumMap<>(Head.class);
    heads(model).forEach(head -> sums.put(head, new Sums()));
    int done = 0;
    try (EvalLoader loader =
            new EvalLoader(dataset, preprocessing.evaluation(), batch, dataThreads, onBadImage);
        TensorArena arena = backend.arena("evaluation");
        BatchInference inference = new BatchInference(backend)) {
      model.prepare(backend);
      for (Optional<SampleBatch> next = loader.next(); next.isPresent(); next = loader.next()) {
        SampleBatch samples = next.get();
        arena.reset();
        Ops ops = Ops.inference(backend, arena);
        Tensor images = preprocessing.normalized(backend, arena, samples.pixels(), samples.size());
        Logits logits = inference.logits(model, images, arena);
        List<List<Integer>> right =
            Arrays.stream(samples.indices()).mapToObj(dataset::rightClasses).toList();
        sums.forEach((head, sum) -> sum.add(ops, head, logits, right));
        done += samples.size();
        progress.accept(done);
      }
    }
    Map<Head, Score> scores = new EnumMap<>(Head.class);
    sums.forEach((head, sum) -> scores.put(head, sum.score()));
    return scores;
  }

  private static final class Sums {
    private int images;
    private int top1;
    private int top5;
    private double loss;

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
      int[] ranks = new int[right.size()];
      double[] losses = new double[right.size()];
      score(ops, x, other, labels(right, 0), ranks, losses);
      int most = right.stream().mapToInt(List::size).max().orElse(1);
      int[] otherRanks = new int[ranks.length];
      double[] otherLosses = new double[ranks.length];
      for (int k = 1; k < most; k++) {
        score(ops, x, other, labels(right, k), otherRanks, otherLosses);
        for (int i = 0; i < ranks.length; i++) {
          if (k < right.get(i).size()) {
            ranks[i] = Math.min(ranks[i], otherRanks[i]);
            losses[i] = together(losses[i], otherLosses[i]);
          }
        }
      }
      for (int i = 0; i < ranks.length; i++) {
        images++;
        top1 += ranks[i] == 0 ? 1 : 0;
        top5 += ranks[i] < TOP ? 1 : 0;
        loss += losses[i];
      }
    }

    /** The k-th right class of every image, any where there is none. */
    private static int[] labels(List<List<Integer>> right, int k) {
      return right.stream().mapToInt(of -> of.get(Math.min(k, of.size() - 1))).toArray();
    }

    private static void score(
        Ops ops, Tensor x, Tensor other, int[] labels, int[] ranks, double[] losses) {
      Backend backend = ops.backend();
      Tensor rankTensor = ops.arena().allocate(DType.I32, Shape.of(labels.length));
      Tensor lossTensor = ops.arena().allocate(DType.F64, Shape.of(labels.length));
      backend.loss().score(rankTensor, lossTensor, x, other, labels);
      backend.read(MemorySegment.ofArray(ranks), rankTensor);
      backend.read(MemorySegment.ofArray(losses), lossTensor);
    }

    /** The negative logarithm of the sum of two probabilities, from theirs. */
    private static double together(double loss, double other) {
      double least = Math.min(loss, other);
      return least - StrictMath.log1p(StrictMath.exp(least - Math.max(loss, other)));
    }

    Score score() {
      return new Score((double) top1 / images, (double) top5 / images, loss / images);
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
