package io.github.deit4j.inference;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.tensor.ShapeException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * A classifier for many threads at once, as in a server: what comes in while it is at work waits,
 * and is then classified together. An image's answer has the same bits whatever the batch it landed
 * in, those of {@link Classifier.Session#classify}. The queue is bounded.
 *
 * <pre>{@code
 * try (BatchingClassifier batching = BatchingClassifier.builder(classifier).maxBatch(16).start()) {
 *   List<Prediction> best = batching.classify(image, 5).get();
 * }
 * }</pre>
 */
public final class BatchingClassifier implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(BatchingClassifier.class.getName());
  private static final int WARM_UP_ROUNDS = 10;
  private static final Duration WARM_UP = Duration.ofSeconds(2);

  private final Classifier classifier;
  private final BatchInput input;
  private final BatchQueue<Query, Answer> queue;

  /** The most images that can come to be classified together. */
  private final int largestBatch;

  /** What one image is classified by, and what it asks for besides. */
  record Query(Image pixels, float[] numbers, boolean attention) {}

  /** What came of one image. */
  private record Answer(LogitRows logits, AttentionMaps attention) {}

  /**
   * Predictions and where the model looked.
   *
   * @param predictions the most probable classes, first the best
   * @param attention null for a model without {@link io.github.deit4j.nn.ModelConfig#tokenLayout}
   */
  public record Explained(List<Prediction> predictions, AttentionMaps attention) {}

  private BatchingClassifier(Builder builder) {
    classifier = builder.classifier;
    input = new BatchInput(classifier);
    largestBatch = Math.min(builder.maxBatch, builder.capacity);
    IntConsumer onBatch = builder.onBatch;
    queue =
        new BatchQueue<>(
            "deit4j-batch",
            builder.maxBatch,
            builder.maxWait,
            builder.capacity,
            queries -> {
              onBatch.accept(queries.size());
              return answer(queries);
            });
  }

  /**
   * Begins to describe one.
   *
   * @param classifier stays the caller's to close, afterwards
   */
  public static Builder builder(Classifier classifier) {
    return new Builder(classifier);
  }

  /** Returns what computes. */
  public Classifier classifier() {
    return classifier;
  }

  /**
   * Classifies an image of any size. It is resized and cropped by the caller's thread.
   *
   * @param top how many classes to return
   * @return the most probable classes, first the best; whoever cancels it before its turn spares
   *     the work
   * @throws CorruptImageException if the image is so thin that it would become enormous with its
   *     shorter side as long as the model needs it
   * @throws QueueFullException if too many wait
   * @throws IllegalStateException after {@link #close}
   */
  public CompletableFuture<List<Prediction>> classify(Image image, int top)
      throws CorruptImageException {
    return mapped(
        add(new Query(prepare(image), null, false)),
        answer -> classifier.best(answer.logits(), top));
  }

  /** As {@link #classify}, with the model's attention; takes about twice the time. */
  public CompletableFuture<Explained> explain(Image image, int top) throws CorruptImageException {
    return mapped(
        add(new Query(prepare(image), null, true)),
        answer -> new Explained(classifier.best(answer.logits(), top), answer.attention()));
  }

  /**
   * Computes the logits of images that are normalised already.
   *
   * @param images each [channels, size, size]; all are taken or none
   * @return one row each, in the same order
   * @throws ShapeException if an image has another number of elements
   * @throws QueueFullException if too many wait
   * @throws IllegalStateException after {@link #close}
   */
  public List<CompletableFuture<LogitRows>> logits(List<float[]> images) {
    List<Query> queries = new ArrayList<>();
    for (float[] image : images) {
      if (image.length != input.elements()) {
        throw new ShapeException(
            "image: expected %d numbers, found %d".formatted(input.elements(), image.length));
      }
      queries.add(new Query(null, image, false));
    }
    return queue.add(queries).stream().map(result -> mapped(result, Answer::logits)).toList();
  }

  /** Returns what becomes of a result; whoever cancels that cancels the result as well. */
  private static <T> CompletableFuture<T> mapped(
      CompletableFuture<Answer> result, Function<Answer, T> mapping) {
    // Not on the thread that computes, for which the next images wait.
    CompletableFuture<T> mapped = result.thenApplyAsync(mapping, Thread::startVirtualThread);
    mapped.whenComplete(
        (_, _) -> {
          if (mapped.isCancelled()) {
            result.cancel(false);
          }
        });
    return mapped;
  }

  /**
   * Classifies an image a few times, alone and in the largest batches, so that code is compiled
   * before somebody waits for it. Takes about two seconds, more if a single batch does or {@link
   * Builder#maxWait} is long; less where others fill the queue, whose images do as well.
   *
   * @throws CorruptImageException as {@link #classify}
   */
  public void warmUp(Image image) throws CorruptImageException {
    Query query = new Query(prepare(image), null, false);
    long end = System.nanoTime() + WARM_UP.toNanos();
    try {
      for (int round = 0;
          round < WARM_UP_ROUNDS && (round == 0 || System.nanoTime() < end);
          round++) {
        queue.add(List.of(query)).forEach(CompletableFuture::join);
        queue.add(Collections.nCopies(largestBatch, query)).forEach(CompletableFuture::join);
      }
    } catch (QueueFullException e) {
      LOG.log(Level.DEBUG, "others warm it up: {0}", e.getMessage());
    }
  }

  /** Returns how many images wait. */
  public int waiting() {
    return queue.waiting();
  }

  private Image prepare(Image image) throws CorruptImageException {
    Preprocessing preprocessing = classifier.info().preprocessing();
    preprocessing.evaluation().requireFits("image", image.height(), image.width());
    return preprocessing.prepare(image);
  }

  private CompletableFuture<Answer> add(Query query) {
    return queue.add(List.of(query)).getFirst();
  }

  private List<Answer> answer(List<Query> queries) {
    List<LogitRows> rows = input.logits(queries);
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      Query query = queries.get(i);
      boolean maps = query.attention() && classifier.info().config().tokenLayout().isPresent();
      answers.add(
          new Answer(rows.get(i), maps ? classifier.attentionOfPrepared(query.pixels()) : null));
    }
    return answers;
  }

  /** Takes nothing more, finishes what waits, and frees the working memory. */
  @Override
  public void close() {
    queue.close();
    input.close();
  }

  /** What a {@link BatchingClassifier} is to be like. */
  public static final class Builder {
    private final Classifier classifier;
    private int maxBatch = 8;
    private Duration maxWait = Duration.ofMillis(2);
    private int capacity = 128;
    private IntConsumer onBatch = _ -> {};

    private Builder(Classifier classifier) {
      this.classifier = classifier;
    }

    /** Sets how many images are classified together at most; 8 by default. */
    public Builder maxBatch(int images) {
      maxBatch = atLeastOne("maxBatch", images);
      return this;
    }

    /** Sets how long an image waits for others to come; 2 milliseconds by default. */
    public Builder maxWait(Duration wait) {
      if (wait.isNegative()) {
        throw new IllegalArgumentException("maxWait: expected 0 or more, found " + wait);
      }
      maxWait = wait;
      return this;
    }

    /** Sets how many images may wait, beside those at work; 128 by default. */
    public Builder queue(int images) {
      capacity = atLeastOne("queue", images);
      return this;
    }

    /** Sets who hears of the size of each batch, on the thread that computes. */
    public Builder onBatch(IntConsumer listener) {
      onBatch = listener;
      return this;
    }

    private static int atLeastOne(String name, int value) {
      if (value < 1) {
        throw new IllegalArgumentException(name + ": expected 1 or more, found " + value);
      }
      return value;
    }

    /** Starts the thread that computes. */
    public BatchingClassifier start() {
      return new BatchingClassifier(this);
    }
  }
}
