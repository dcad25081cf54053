package io.github.deit4j.tensorboard;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What a line of {@code metrics.jsonl} is called in TensorBoard. */
public final class Scalars {
  /** TensorBoard has axes of its own for these. */
  private static final Set<String> AXES = Set.of("epoch", "seconds");

  private static final Map<String, String> GROUPS =
      Map.of("evaluation", "val/", "evaluation-ema", "val-ema/");

  /** The head that every model has goes without its name. */
  private static final String CLASS_HEAD = "class";

  private Scalars() {}

  /**
   * Returns a line's numbers by tag: {@code train/loss}, {@code train/lr}, … of a step; {@code
   * val/loss}, {@code val/top1}, {@code val/top5} of an evaluation, by the class head, {@code
   * val/joint/top1} and so on by the others, and {@code val-ema/…} of the moving average.
   *
   * @param metrics as {@code metrics.jsonl} has them
   */
  public static Map<String, Double> of(Map<String, Object> metrics) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    metrics.forEach(
        (key, value) -> {
          if (value instanceof Number number && !AXES.contains(key)) {
            scalars.put("train/" + key, number.doubleValue());
          } else if (value instanceof Map<?, ?> heads && GROUPS.containsKey(key)) {
            addHeads(scalars, GROUPS.get(key), heads);
          }
        });
    return scalars;
  }

  private static void addHeads(Map<String, Double> scalars, String group, Map<?, ?> heads) {
    heads.forEach(
        (head, scores) -> {
          String prefix = head.equals(CLASS_HEAD) ? group : group + head + "/";
          if (scores instanceof Map<?, ?> numbers) {
            numbers.forEach(
                (name, value) -> {
                  if (value instanceof Number number) {
                    scalars.put(prefix + name, number.doubleValue());
                  }
                });
          }
        });
  }
}
