package io.github.deit4j.bench.measure;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One measured number with what it belongs to.
 *
 * @param benchmark {@code gemm}, {@code op}, {@code inference} or {@code train_step}
 * @param backend {@code cpu}, {@code openblas}, {@code cuda:N} or {@code peer:NAME}
 * @param model registered name
 * @param op what is computed; null for whole models
 * @param batch images
 * @param shape of a product {@code [m, n, k]}, of an op its result, of a model the images
 * @param threads that computed
 * @param time samples
 * @param gflops from the median; null without products
 * @param imagesPerSecond from the median; null where no images go through
 * @param peakFraction share of the processor's FMA peak; null without products, and of devices
 * @param more further columns of this benchmark
 */
public record Row(
    String benchmark,
    String backend,
    String model,
    String op,
    int batch,
    List<Integer> shape,
    int threads,
    Samples time,
    Double gflops,
    Double imagesPerSecond,
    Double peakFraction,
    Map<String, Object> more) {
  private static final MathContext DIGITS = new MathContext(6);

  /** Returns the row as a JSON object, numbers with six digits. */
  public Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("benchmark", benchmark);
    json.put("backend", backend);
    json.put("model", model);
    json.put("op", op);
    json.put("batch", batch);
    json.put("shape", shape);
    json.put("threads", threads);
    json.put("median_ms", time.median());
    json.put("best_ms", time.best());
    json.put("gflops", gflops);
    json.put("images_per_second", imagesPerSecond);
    json.put("peak_fraction", peakFraction);
    json.putAll(more);
    json.replaceAll((key, value) -> value instanceof Double number ? round(number) : value);
    return json;
  }

  private static Double round(double number) {
    return new BigDecimal(number).round(DIGITS).doubleValue();
  }
}
