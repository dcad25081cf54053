package io.github.deit4j.autograd;

import static io.github.deit4j.autograd.GradientCheck.gaussian;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.GradientCheck.Operand;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import io.github.deit4j.testing.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every op's forward against the same in double, and its gradient against central differences of
 * the double one, at random odd sizes. Here on the CPU; other backends run the same tests.
 */
@ExtendWith(Seed.class)
class GradientCheckTest {
  /** Cases of each op. */
  private static final int CASES = 8;

  private Backend backend;
  private TensorArena arena;
  private GradientCheck check;

  /** Starts the backend under test. */
  Backend open() {
    return new CpuBackend(2);
  }

  @BeforeEach
  void start() {
    backend = open();
    arena = backend.arena("test", Long.MAX_VALUE);
    check = new GradientCheck(backend, arena);
  }

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private static int upTo(RandomGenerator random, int most) {
    return 1 + random.nextInt(most);
  }

  @Test
  void linear(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int in = upTo(random, 21);
      int out = upTo(random, 21);
      check.run(
          random,
          (ops, x) -> ops.linear(value(x, 0), x.get(1), x.get(2)),
          x -> DoubleOps.linear(x[0], x[1], x[2]),
          Shape.of(upTo(random, 3), upTo(random, 9), in),
          Shape.of(out, in),
          Shape.of(out));
    }
  }

  @Test
  void linearOfConvolutionWeight(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int channels = upTo(random, 3);
      int patch = upTo(random, 4);
      int out = upTo(random, 9);
      check.run(
          random,
          (ops, x) -> ops.linear(value(x, 0), x.get(1), x.get(2)),
          x -> DoubleOps.linear(x[0], x[1], x[2]),
          Shape.of(2, upTo(random, 5), channels * patch * patch),
          Shape.of(out, channels, patch, patch),
          Shape.of(out));
    }
  }

  @Test
  void mean(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = Shape.of(upTo(random, 5), upTo(random, 40));
      check.run(
          random,
          (ops, x) -> ops.mean(value(x, 0), value(x, 1)),
          x -> DoubleOps.mean(x[0], x[1]),
          shape,
          shape);
    }
  }

  @Test
  void gelu(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      check.run(
          random,
          (ops, x) -> ops.gelu(value(x, 0)),
          x -> DoubleOps.gelu(x[0]),
          Shape.of(upTo(random, 5), upTo(random, 40)));
    }
  }

  @Test
  void layerNorm(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int width = 4 + upTo(random, 40);
      check.run(
          random,
          (ops, x) -> ops.layerNorm(value(x, 0), x.get(1), x.get(2), 1e-6f),
          x -> DoubleOps.layerNorm(x[0], x[1], x[2], 1e-6f),
          Shape.of(upTo(random, 3), upTo(random, 5), width),
          Shape.of(width),
          Shape.of(width));
    }
  }

  @Test
  void attention(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int images = upTo(random, 2);
      int tokens = upTo(random, 19);
      int heads = upTo(random, 3);
      check.run(
          random,
          (ops, x) -> ops.tokens().attention(value(x, 0), heads),
          x -> DoubleOps.attention(x[0], images, tokens, heads),
          Shape.of(images, tokens, 3 * heads * upTo(random, 9)));
    }
  }

  @Test
  void attentionWithItsProjection(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int images = upTo(random, 2);
      int tokens = upTo(random, 19);
      int heads = upTo(random, 3);
      int in = upTo(random, 9);
      int width = 3 * heads * upTo(random, 9);
      check.run(
          random,
          (ops, x) -> ops.tokens().attention(value(x, 0), x.get(1), x.get(2), heads),
          x -> DoubleOps.attention(DoubleOps.linear(x[0], x[1], x[2]), images, tokens, heads),
          new Operand(Shape.of(images, tokens, in)),
          // Without a scale scores reach 40, and all that is seen is their rounding.
          Operand.weight(width, in),
          new Operand(Shape.of(width)));
    }
  }

  /**
   * What is added to all keys changes no probability, so their gradients add up to zero: if the
   * probabilities of the backward pass are the forward's, which sum to 1, also of large scores.
   */
  @Test
  void gradientsOfKeysAddUpToZero(RandomGenerator random) {
    int channels = 9;
    double error = 0;
    double magnitude = 0;
    for (int round = 0; round < CASES; round++) {
      int tokens = 20 + upTo(random, 20);
      Shape kept = Shape.of(1, 1, tokens);
      float[] large = Tensors.gaussian(random, tokens * 3L * channels, 4);
      Tensor qkv = Tensors.of(backend, arena, large, 1, tokens, 3 * channels);
      float[] slopes = Tensors.gaussian(random, (long) tokens * channels, 1);
      Tensor dy = Tensors.of(backend, arena, slopes, 1, tokens, channels);
      Tensor max = arena.allocate(DType.F32, kept);
      Tensor reciprocal = arena.allocate(DType.F32, kept);
      Tensor dqkv = arena.allocate(DType.F32, qkv.shape());
      Tensor y = arena.allocate(DType.F32, dy.shape());
      backend.attention().attention(y, max, reciprocal, qkv, 1);
      backend.attention().attentionBackward(dqkv, dy, y, qkv, max, reciprocal, 1);
      double[] gradients = check.floats(dqkv);
      for (int c = channels; c < 2 * channels; c++) {
        double sum = 0;
        for (int token = 0; token < tokens; token++) {
          double gradient = gradients[token * 3 * channels + c];
          sum += gradient;
          magnitude += Math.abs(gradient);
        }
        error += Math.abs(sum);
      }
    }
    // At most 2e-7 by rounding; 7e-7 and more where the scores of the passes differ by a rounding.
    assertThat(error / magnitude).isLessThan(4e-7);
  }

  @Test
  void addBranch(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = Shape.of(upTo(random, 5), upTo(random, 4), upTo(random, 9));
      int images = shape.size(0);
      float[] factors = factors(random, images);
      check.run(
          random,
          (ops, x) -> ops.addBranch(value(x, 0), value(x, 1), factors),
          x -> DoubleOps.addBranch(x[0], x[1], factors, images),
          shape,
          shape);
    }
  }

  @Test
  void dropout(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = Shape.of(upTo(random, 5), upTo(random, 4), upTo(random, 9));
      double rate = random.nextDouble();
      var first = new StreamKey(random.nextLong(), 7, random.nextInt(), random.nextInt(100));
      check.run(
          random,
          (ops, x) -> ops.dropout(value(x, 0), rate, first),
          x -> DoubleOps.dropout(x[0], rate, first, shape.size(0)),
          shape);
    }
  }

  @Test
  void linearWithResidual(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int images = upTo(random, 4);
      int tokens = upTo(random, 4);
      int in = upTo(random, 21);
      int out = upTo(random, 21);
      float[] factors = factors(random, images);
      check.run(
          random,
          (ops, x) -> ops.linear(value(x, 1), x.get(2), x.get(3), to(value(x, 0), factors)),
          x -> DoubleOps.addBranch(x[0], DoubleOps.linear(x[1], x[2], x[3]), factors, images),
          Shape.of(images, tokens, out),
          Shape.of(images, tokens, in),
          Shape.of(out, in),
          Shape.of(out));
    }
  }

  @Test
  void feedForward(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int images = upTo(random, 4);
      int width = upTo(random, 9);
      int hidden = upTo(random, 21);
      float[] factors = factors(random, images);
      Shape tokens = Shape.of(images, upTo(random, 4), width);
      check.run(
          random,
          (ops, x) ->
              ops.feedForward(
                  value(x, 1),
                  x.get(2),
                  x.get(3),
                  null,
                  x.get(4),
                  x.get(5),
                  to(value(x, 0), factors)),
          x -> {
            double[] inner = DoubleOps.gelu(DoubleOps.linear(x[1], x[2], x[3]));
            double[] branch = DoubleOps.linear(inner, x[4], x[5]);
            return DoubleOps.addBranch(x[0], branch, factors, images);
          },
          tokens,
          tokens,
          Shape.of(hidden, width),
          Shape.of(hidden),
          Shape.of(width, hidden),
          Shape.of(width));
    }
  }

  private static ResidualConnection to(Tensor base, float[] factors) {
    return new ResidualConnection(base, factors);
  }

  /** A branch scaled by channel: with its last product, and where something is between. */
  @Test
  void layerScale(RandomGenerator random) {
    for (int round = 0; round < 2 * CASES; round++) {
      int images = upTo(random, 4);
      int in = upTo(random, 21);
      int out = upTo(random, 60);
      float[] factors = factors(random, images);
      UnaryOperator<Tensor> between = round % 2 == 0 ? null : x -> x;
      Shape base = Shape.of(images, upTo(random, 4), out);
      check.run(
          random,
          (ops, x) ->
              ops.linear(
                  value(x, 1),
                  x.get(2),
                  x.get(3),
                  new ResidualConnection(value(x, 0), factors, x.get(4), between)),
          x -> {
            double[] branch = DoubleOps.linear(x[1], x[2], x[3]);
            return DoubleOps.addBranch(x[0], DoubleOps.scaleColumns(branch, x[4]), factors, images);
          },
          base,
          Shape.of(images, base.size(1), in),
          Shape.of(out, in),
          Shape.of(out),
          Shape.of(out));
    }
  }

  @Test
  void feedForwardWithLayerScaleAndSomethingBetween(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int images = upTo(random, 4);
      int width = upTo(random, 9);
      int hidden = upTo(random, 21);
      float[] factors = factors(random, images);
      boolean within = random.nextBoolean();
      var first = new StreamKey(random.nextLong(), 7, random.nextInt(), random.nextInt(100));
      Shape tokens = Shape.of(images, upTo(random, 4), width);
      check.run(
          random,
          (ops, x) ->
              ops.feedForward(
                  value(x, 1),
                  x.get(2),
                  x.get(3),
                  within ? t -> ops.dropout(t, 0.3, first) : null,
                  x.get(4),
                  x.get(5),
                  new ResidualConnection(value(x, 0), factors, x.get(6), null)),
          x -> {
            double[] inner = DoubleOps.gelu(DoubleOps.linear(x[1], x[2], x[3]));
            double[] kept = within ? DoubleOps.dropout(inner, 0.3, first, images) : inner;
            double[] branch = DoubleOps.scaleColumns(DoubleOps.linear(kept, x[4], x[5]), x[6]);
            return DoubleOps.addBranch(x[0], branch, factors, images);
          },
          tokens,
          tokens,
          Shape.of(hidden, width),
          Shape.of(hidden),
          Shape.of(width, hidden),
          Shape.of(width),
          Shape.of(width));
    }
  }

  /** Factors of stochastic depth, or none. */
  private static float[] factors(RandomGenerator random, int images) {
    float[] factors = random.nextBoolean() ? null : new float[images];
    for (int i = 0; factors != null && i < images; i++) {
      factors[i] = random.nextBoolean() ? 0 : 1.25f;
    }
    return factors;
  }

  @Test
  void patches(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int channels = upTo(random, 3);
      int rows = upTo(random, 3);
      int columns = upTo(random, 3);
      int patch = upTo(random, 5);
      check.run(
          random,
          (ops, x) -> ops.tokens().patches(value(x, 0), patch),
          x -> DoubleOps.patches(x[0], channels, rows, columns, patch),
          Shape.of(upTo(random, 3), channels, rows * patch, columns * patch));
    }
  }

  @Test
  void embed(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int images = upTo(random, 3);
      int patches = upTo(random, 5);
      int width = upTo(random, 19);
      check.run(
          random,
          (ops, x) -> ops.tokens().embed(value(x, 0), x.subList(2, 4), x.get(1)),
          x -> DoubleOps.embed(x[0], x[1], images, x[2], x[3]),
          Shape.of(images, patches, width),
          Shape.of(1, patches + 2, width),
          Shape.of(1, 1, width),
          Shape.of(1, 1, width));
    }
  }

  /** Patches have positions, tokens in front have not: DeiT III. */
  @Test
  void embedPatchesOnly(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int images = upTo(random, 3);
      int patches = upTo(random, 5);
      int width = upTo(random, 19);
      check.run(
          random,
          (ops, x) -> ops.tokens().embed(value(x, 0), x.subList(2, 3), x.get(1)),
          x -> {
            double[] all = new double[(patches + 1) * width];
            System.arraycopy(x[1], 0, all, width, patches * width);
            return DoubleOps.embed(x[0], all, images, x[2]);
          },
          Shape.of(images, patches, width),
          Shape.of(1, patches, width),
          Shape.of(1, 1, width));
    }
  }

  @Test
  void firstTokens(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int images = upTo(random, 3);
      int tokens = 1 + upTo(random, 5);
      check.runAll(
          random,
          (ops, x) -> ops.tokens().firstTokens(value(x, 0), 2),
          x -> DoubleOps.firstTokens(x[0], images, tokens, 2),
          Shape.of(images, tokens, upTo(random, 19)));
    }
  }

  private static Tensor value(List<Parameter> operands, int index) {
    return operands.get(index).value();
  }

  @Test
  void crossEntropy(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = Shape.of(upTo(random, 4), upTo(random, 40));
      int classes = shape.size(1);
      double[] targets = DoubleOps.softmax(gaussian(random, shape.elements()), classes, 1);
      checkLoss(
          random,
          shape,
          targets,
          (losses, dx, x, t) -> backend.loss().crossEntropy(losses, dx, x, t, 0.37),
          (x, t) -> DoubleOps.crossEntropy(x, t, classes));
    }
  }

  /** Class weights make the targets of an image sum up to anything. */
  @Test
  void crossEntropyOfWeightedClasses(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = Shape.of(upTo(random, 4), upTo(random, 40));
      int classes = shape.size(1);
      double[] targets = DoubleOps.softmax(gaussian(random, shape.elements()), classes, 1);
      double[] weights = random.doubles(classes, 0, 5).toArray();
      for (int i = 0; i < targets.length; i++) {
        targets[i] *= weights[i % classes];
      }
      checkLoss(
          random,
          shape,
          targets,
          (losses, dx, x, t) -> backend.loss().crossEntropy(losses, dx, x, t, 0.37),
          (x, t) -> DoubleOps.crossEntropy(x, t, classes));
    }
  }

  @Test
  void binaryCrossEntropy(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = Shape.of(upTo(random, 4), upTo(random, 40));
      int classes = shape.size(1);
      double[] targets = DoubleOps.softmax(gaussian(random, shape.elements()), classes, 1);
      checkLoss(
          random,
          shape,
          targets,
          (losses, dx, x, t) -> backend.loss().binaryCrossEntropy(losses, dx, x, t, 0.37),
          (x, t) -> DoubleOps.binaryCrossEntropy(x, t, classes));
    }
  }

  @Test
  void divergence(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = Shape.of(upTo(random, 4), upTo(random, 40));
      int classes = shape.size(1);
      double temperature = 0.5 + 3 * random.nextDouble();
      checkLoss(
          random,
          shape,
          gaussian(random, shape.elements()),
          (losses, dx, x, t) -> backend.loss().divergence(losses, dx, x, t, temperature, 0.37),
          (x, t) -> DoubleOps.divergence(x, t, classes, temperature));
    }
  }

  @FunctionalInterface
  private interface FloatLoss {
    void compute(Tensor losses, Tensor dx, Tensor x, Tensor target);
  }

  @FunctionalInterface
  private interface DoubleLoss {
    double[] compute(double[] x, double[] target);
  }

  /** The gradient is that of 0.37 times the sum of all losses. */
  private void checkLoss(
      RandomGenerator random, Shape shape, double[] target, FloatLoss loss, DoubleLoss reference) {
    Tensor losses = arena.allocate(DType.F64, Shape.of(shape.size(0)));
    Tensor dx = arena.allocate(DType.F32, shape);
    double[] x = gaussian(random, shape.elements());
    Tensor wanted = check.tensor(shape, target);
    loss.compute(losses, dx, check.tensor(shape, x), wanted);
    double[] rounded = check.floats(wanted);
    check.assertClose("loss", Tensors.doubles(backend, losses), reference.compute(x, rounded));
    check.checkGradient(
        "gradient of logits " + shape,
        random,
        check.floats(dx),
        x,
        () -> 0.37 * Arrays.stream(reference.compute(x, rounded)).sum());
  }
}
