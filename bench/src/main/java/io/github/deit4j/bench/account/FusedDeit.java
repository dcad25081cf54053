package io.github.deit4j.bench.account;

import io.github.deit4j.cuda.standin.StandInWork;
import io.github.deit4j.cuda.standin.StandInWork.Unit;
import io.github.deit4j.device.Precision;
import io.github.deit4j.vit.ViTConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * A training step of a DeiT of fused kernels: what {@code bench/gpu.md} derives, line by line.
 * Every product does what follows it (bias, GELU, residual) and what comes before it, attention
 * never writes its scores, a normalisation's backward pass gives its parameters' gradients too, one
 * launch updates all parameters. What passes from one kernel to another is written once and read
 * once by each that needs it, in the precision of products; parameters, moments and gradients are
 * float32.
 */
final class FusedDeit {
  /** Of a matrix product, forward and twice backward. */
  private static final double MULTIPLY_ADD = 2;

  /** Bytes that AdamW reads of each parameter: itself, two moments, the gradient. */
  private static final double ADAMW_READ = 16;

  /** Bytes that it writes: all but the gradient. */
  private static final double ADAMW_WRITTEN = 12;

  private final List<StandInWork> work = new ArrayList<>();
  private final ViTConfig config;
  private final double element;
  private final Unit unit;
  private final double batch;
  private final double tokens;
  private final double rows;

  private FusedDeit(ViTConfig config, int batch, Precision precision) {
    this.config = config;
    this.batch = batch;
    this.element = precision == Precision.BF16 ? 2 : 4;
    this.unit =
        switch (precision) {
          case FP32 -> Unit.FLOAT32;
          case TF32 -> Unit.TF32;
          case BF16 -> Unit.BFLOAT16;
        };
    this.tokens = patches() + prefix();
    this.rows = batch * tokens;
  }

  /**
   * Returns its launches.
   *
   * @param parameters numbers of the model
   */
  static List<StandInWork> step(ViTConfig config, int batch, Precision precision, long parameters) {
    FusedDeit step = new FusedDeit(config, batch, precision);
    step.embedding();
    step.blocks();
    step.heads();
    step.optimizer(parameters);
    return List.copyOf(step.work);
  }

  private double patches() {
    double side = (double) config.imageSize() / config.patchSize();
    return side * side;
  }

  private int prefix() {
    return config.distilled() ? 2 : 1;
  }

  private void add(
      String name, Unit by, int times, double read, double written, double operations) {
    work.add(new StandInWork(name, by, times, read, written, operations));
  }

  /** A product [lines, depth]·[depth, columns] that reads and writes so many numbers more. */
  private void product(
      String name, int times, double lines, double depth, double columns, double more, double out) {
    double read = element * (lines * depth + depth * columns + more);
    double operations = MULTIPLY_ADD * lines * depth * columns;
    add(name, unit, times, read, element * (lines * columns + out), operations);
  }

  /** A weight's gradient, float32, from what went in and the gradient of what came out. */
  private void gradient(String name, int times, double lines, double in, double out) {
    double operations = MULTIPLY_ADD * lines * in * out;
    add(name, unit, times, element * lines * (in + out), Float.BYTES * in * out, operations);
  }

  private void embedding() {
    double pixels = config.channels() * Math.pow(config.patchSize(), 2);
    double places = tokens * config.width();
    double others = batch * prefix() * config.width();
    product("embedding", 1, batch * patches(), pixels, config.width(), places, others);
    gradient("embedding, gradient", 1, batch * patches(), pixels, config.width());
  }

  private void blocks() {
    int n = config.depth();
    double d = config.width();
    double m = config.mlpWidth();
    double x = rows * d;
    double statistics = 2 * rows * Float.BYTES;
    double kept = batch * config.heads() * tokens * Float.BYTES;
    double scores = MULTIPLY_ADD * batch * tokens * tokens * d;
    add("normalisation", Unit.FLOAT32, 2 * n, element * x, element * x + statistics, 8 * x);
    product("qkv", n, rows, d, 3 * d, 0, 0);
    add("attention", unit, n, element * 3 * x, element * x + kept, 2 * scores);
    product("projection + residual", n, rows, d, d, x, 0);
    product("feed-forward 1 + GELU", n, rows, d, m, 0, rows * m);
    product("feed-forward 2 + residual", n, rows, m, d, x, 0);

    product("feed-forward 2, input's gradient · GELU's", n, rows, d, m, rows * m, 0);
    gradient("feed-forward 2, gradient", n, rows, m, d);
    product("feed-forward 1, input's gradient", n, rows, m, d, 0, 0);
    gradient("feed-forward 1, gradient", n, rows, d, m);
    double normalised = element * 3 * x + statistics;
    add("normalisation, gradients", Unit.FLOAT32, 2 * n, normalised, element * x, 17 * x);
    product("projection, input's gradient", n, rows, d, d, 0, 0);
    gradient("projection, gradient", n, rows, d, d);
    double read = element * 5 * x + kept;
    add("attention, gradients", unit, n, read, element * 3 * x, 5 * scores);
    product("qkv, input's gradient", n, rows, 3 * d, d, 0, 0);
    gradient("qkv, gradient", n, rows, d, 3 * d);
  }

  /** Of the prefix tokens alone, with the last normalisation within. */
  private void heads() {
    int n = prefix();
    double d = config.width();
    double classes = config.classes();
    double logits = batch * classes;
    product("head", n, batch, d, classes, 0, 0);
    add("loss", Unit.FLOAT32, n, 2 * Float.BYTES * logits, Float.BYTES * logits, 9 * logits);
    product("head, input's gradient", n, batch, classes, d, 0, 0);
    gradient("head, gradient", n, batch, d, classes);
  }

  /** One launch for all parameters, which leaves those of products in their precision too. */
  private void optimizer(long parameters) {
    double rounded = element == Float.BYTES ? 0 : element;
    double written = (ADAMW_WRITTEN + rounded) * parameters;
    add("AdamW", Unit.FLOAT32, 1, ADAMW_READ * parameters, written, 14.0 * parameters);
  }
}
