package io.github.deit4j.metrics;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many images of each class were taken for which, and what follows of it for each class. Only
 * pairs that occur are kept, so that there may be many classes.
 */
public final class ConfusionMatrix {
  private final int classes;
  private final long[] ofClass;
  private final long[] takenFor;
  private final Map<Pair, Long> counts = new HashMap<>();

  private record Pair(int label, int predicted) {}

  /** Creates an empty one. */
  public ConfusionMatrix(int classes) {
    this.classes = classes;
    this.ofClass = new long[classes];
    this.takenFor = new long[classes];
  }

  /** Adds an image of a class that was taken for a class. */
  public void add(int label, int predicted) {
    ofClass[label]++;
    takenFor[predicted]++;
    counts.merge(new Pair(label, predicted), 1L, Long::sum);
  }

  /** Returns the number of classes. */
  public int classes() {
    return classes;
  }

  /** Returns how many images of a class were taken for a class. */
  public long count(int label, int predicted) {
    return counts.getOrDefault(new Pair(label, predicted), 0L);
  }

  /**
   * A pair of classes.
   *
   * @param label the true one
   * @param predicted what images of it were taken for
   * @param count how many of them
   */
  public record Entry(int label, int predicted, long count) {}

  /** Returns the pairs that occur, by label, then by prediction. */
  public List<Entry> entries() {
    return counts.entrySet().stream()
        .map(each -> new Entry(each.getKey().label, each.getKey().predicted, each.getValue()))
        .sorted(Comparator.comparingInt(Entry::label).thenComparingInt(Entry::predicted))
        .toList();
  }

  /** Returns the pairs of two classes that occur, the most frequent first. */
  public List<Entry> mistakes() {
    return entries().stream()
        .filter(entry -> entry.label != entry.predicted)
        .sorted(Comparator.comparingLong(entry -> -entry.count))
        .toList();
  }

  /** Returns how well a class is told. */
  public ClassScore score(int label) {
    return new ClassScore(count(label, label), ofClass[label], takenFor[label]);
  }

  /**
   * How well a class is told. What would be divided by nothing is {@code null}.
   *
   * @param right images of the class that were taken for it
   * @param support images of the class
   * @param taken images of any class that were taken for it
   */
  public record ClassScore(long right, long support, long taken) {
    /** Returns the share of those taken for the class that are of it. */
    public Double precision() {
      return taken == 0 ? null : (double) right / taken;
    }

    /** Returns the share of those of the class that were taken for it. */
    public Double recall() {
      return support == 0 ? null : (double) right / support;
    }

    /** Returns the harmonic mean of precision and recall (van Rijsbergen 1979). */
    public Double f1() {
      return support + taken == 0 ? null : 2.0 * right / (support + taken);
    }
  }
}
