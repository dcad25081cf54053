package io.github.deit4j.train;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.inference.Head;
import io.github.deit4j.inference.LogitRows;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * What each head takes every image of an evaluation for, and how sure it is. Ranks each collect
 * what they see, and tell each other at the end.
 */
public final class PredictedClasses {
  /** Of an image: its index, the predicted class and its probability. */
  private static final int NUMBERS = 3;

  private final Dataset dataset;
  private final Map<Head, DoubleStream.Builder> byHead = new EnumMap<>(Head.class);

  /** Begins with no images of a data set. */
  public PredictedClasses(Dataset dataset, List<Head> heads) {
    this.dataset = dataset;
    heads.forEach(head -> byHead.put(head, DoubleStream.builder()));
  }

  /**
   * An image's most probable class.
   *
   * @param image its index in the data set
   * @param label its true class; of several right ones the predicted one, if it is among them
   * @param predicted the most probable class
   * @param confidence its probability, 0 to 1
   */
  public record PredictedClass(int image, int label, int predicted, double confidence) {
    /** Returns whether the class is right. */
    public boolean isRight() {
      return label == predicted;
    }
  }

  /** Adds a batch. */
  public void add(int[] images, LogitRows rows) {
    byHead.forEach(
        (head, numbers) -> {
          for (int i = 0; i < images.length; i++) {
            double[] logProbabilities = rows.logProbabilities(head, i);
            int best = 0;
            for (int c = 1; c < logProbabilities.length; c++) {
              best = logProbabilities[c] > logProbabilities[best] ? c : best;
            }
            numbers.add(images[i]).add(best).add(StrictMath.exp(logProbabilities[best]));
          }
        });
  }

  /** Returns what all ranks have added, in the order of the images; nothing can be added then. */
  public Map<Head, List<PredictedClass>> ofAll(Collective ranks) throws InterruptedException {
    RankMessages messages = new RankMessages(ranks);
    Map<Head, List<PredictedClass>> all = new EnumMap<>(Head.class);
    for (Map.Entry<Head, DoubleStream.Builder> head : byHead.entrySet()) {
      double[] numbers = messages.joined(head.getValue().build().toArray());
      List<PredictedClass> images = new ArrayList<>();
      for (int i = 0; i < numbers.length; i += NUMBERS) {
        images.add(image((int) numbers[i], (int) numbers[i + 1], numbers[i + 2]));
      }
      all.put(head.getKey(), images);
    }
    return all;
  }

  private PredictedClass image(int image, int predicted, double confidence) {
    boolean right = dataset.rightClasses(image).contains(predicted);
    int label = right ? predicted : dataset.label(image);
    return new PredictedClass(image, label, predicted, confidence);
  }
}
