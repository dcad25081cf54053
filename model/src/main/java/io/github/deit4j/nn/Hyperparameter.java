package io.github.deit4j.nn;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A number of a model's design that recipes may set.
 *
 * @param <T> Integer, Double or Boolean
 * @param key its name in recipes
 * @param min the least value of a number
 * @param above whether the value must be larger than that
 * @param max the largest value of a number
 * @param description its meaning, in one line
 * @param absent what stands for it in recipes of families without it
 * @param optional whether models of one's own may leave it out, as if it were absent
 */
public record Hyperparameter<T>(
    String key,
    double min,
    boolean above,
    double max,
    String description,
    T absent,
    boolean optional) {

  /** Rows and columns of an image: every family has it. */
  public static final Hyperparameter<Integer> IMAGE_SIZE =
      integer("image-size", 1, 4096, "Rows and columns of the model's input, in pixels.", 1);

  /** Channels of an image: every family has it. */
  public static final Hyperparameter<Integer> CHANNELS =
      integer("channels", 1, 3, "Channels of the model's input: 1 for grey, 3 for RGB.", 3);

  /** Number of blocks. */
  public static final Hyperparameter<Integer> DEPTH =
      integer("depth", 1, 1000, "Number of blocks.", 1);

  /** Whether there is a distillation token. */
  public static final Hyperparameter<Boolean> DISTILLED =
      new Hyperparameter<>(
          "distilled",
          0,
          false,
          1,
          "DeiT: whether there is a distillation token with a head of its own.",
          false,
          false);

  /** Returns an integer from min to max. */
  public static Hyperparameter<Integer> integer(
      String key, int min, int max, String description, int absent) {
    return new Hyperparameter<>(key, min, false, max, description, absent, false);
  }

  /** Returns a number up to max, larger than min or from it on. */
  public static Hyperparameter<Double> number(
      String key, double min, boolean above, double max, String description, double absent) {
    return new Hyperparameter<>(key, min, above, max, description, absent, false);
  }

  /** Returns the same, for models of one's own to leave out. */
  public Hyperparameter<T> orAbsent() {
    return new Hyperparameter<>(key, min, above, max, description, absent, true);
  }

  /** Values of some hyperparameters. */
  public static final class Values {
    private final Map<Hyperparameter<?>, Object> values = new LinkedHashMap<>();

    /** Starts with none. */
    public Values() {}

    /** Adds a value, and returns this. */
    public <T> Values put(Hyperparameter<T> key, T value) {
      values.put(key, value);
      return this;
    }

    /** Returns a value; that of absence where there is none. */
    @SuppressWarnings("unchecked") // put with the key's type
    public <T> T get(Hyperparameter<T> key) {
      return (T) values.getOrDefault(key, key.absent());
    }

    /** Returns what there are values for. */
    public Set<Hyperparameter<?>> keys() {
      return values.keySet();
    }
  }
}
