package io.github.deit4j.train;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.EvalLoader;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Head;
import io.github.deit4j.inference.ImageBatch;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.BatchInference;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
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
        Tensor images = ImageBatch.normalized(backend, arena, samples, preprocessing);
        Logits logits = inference.logits(model, images, arena);
        sums.forEach((head, sum) -> sum.add(ops, head, logits, samples.labels()));
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

    /** Adds where a head sees the true classes of a batch. */
    void add(Ops ops, Head head, Logits logits, int[] labels) {
      Tensor first = logits.classLogits();
      Tensor second = logits.distillation();
      Tensor x =
          switch (head) {
            case CLASS, JOINT -> first;
            case DISTILLATION -> second;
            case MEAN -> ops.mean(first, second);
          };
      Backend backend = ops.backend();
      Tensor rankTensor = ops.arena().allocate(DType.I32, Shape.of(labels.length));
      Tensor lossTensor = ops.arena().allocate(DType.F64, Shape.of(labels.length));
      Tensor other = head == Head.JOINT ? second : null;
      backend.loss().score(rankTensor, lossTensor, x, other, labels);
      int[] ranks = new int[labels.length];
      double[] losses = new double[labels.length];
      backend.read(MemorySegment.ofArray(ranks), rankTensor);
      backend.read(MemorySegment.ofArray(losses), lossTensor);
      for (int i = 0; i < labels.length; i++) {
        images++;
        top1 += ranks[i] == 0 ? 1 : 0;
        top5 += ranks[i] < TOP ? 1 : 0;
        loss += losses[i];
      }
    }

    Score score() {
      return new Score((double) top1 / images, (double) top5 / images, loss / images);
    }
  }

  /**
   * How well one head does on a data set.
   *
   * @param top1 share of images whose most probable class is right
   * @param top5 share of images whose class is among the five most probable
   * @param loss mean cross entropy with the true labels
   */
  public record Score(double top1, double top5, double loss) {}
}
