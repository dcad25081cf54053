package io.github.deit4j.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.OptimizerOps.AdamWUpdate;
import io.github.deit4j.op.OptimizerOps.Average;
import io.github.deit4j.op.OptimizerOps.Following;
import io.github.deit4j.op.OptimizerOps.LambStep;
import io.github.deit4j.op.OptimizerOps.SgdStep;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import io.github.deit4j.testing.Tensors;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Copies, weights kept in another layout, and the ops without a gradient, each against its formula
 * in double. Here on the CPU; other backends run the same tests.
 */
@ExtendWith(Seed.class)
public class BackendOpsTest {
  private static final int ROWS = 5;
  private static final int IN = 7;
  private static final int OUT = 9;

  /** More than two blocks of a long sum. */
  private static final int LONG = 9001;

  private static final int SEVERAL_TASKS = 40_001;

  private Backend backend;
  private TensorArena arena;

  /** Starts the backend under test. */
  Backend open() {
    return new CpuBackend(2);
  }

  @BeforeEach
  void start() {
    backend = open();
    arena = backend.arena("test", Long.MAX_VALUE);
  }

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  @Test
  void whatIsWrittenIsRead(RandomGenerator random) {
    for (DType dtype : List.of(DType.F32, DType.F64, DType.U8)) {
      byte[] bytes = new byte[123 * dtype.bytes()];
      random.nextBytes(bytes);
      byte[] back = new byte[bytes.length];
      Tensor x = arena.allocate(dtype, Shape.of(3, 41));
      Tensor copy = arena.allocate(dtype, Shape.of(3, 41));
      backend.write(x, MemorySegment.ofArray(bytes));
      backend.copy(copy, x);
      backend.read(MemorySegment.ofArray(back), copy);
      assertThat(back).as("%s", dtype).containsExactly(bytes);
    }
  }

  @Test
  void hostMemoryOfAnotherSizeIsRefusedAndNothingCopied() {
    Tensor x = filled(2, 3);
    float[] before = floats(x);
    for (int size : new int[] {5, 7}) {
      float[] host = new float[size];
      assertThatThrownBy(() -> backend.write(x, MemorySegment.ofArray(host)))
          .isInstanceOf(ShapeException.class)
          .hasMessageContainingAll("write", "[2, 3]", "24 bytes", "found " + 4 * size);
      assertThatThrownBy(() -> backend.read(MemorySegment.ofArray(host), x))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("read");
      assertThat(host).containsOnly(0);
    }
    assertThat(floats(x)).containsExactly(before);
  }

  @Test
  void operandsOfOtherShapesAreRefusedAndNothingWritten() {
    Tensor y = filled(ROWS, OUT);
    float[] before = floats(y);
    assertThatThrownBy(
            () -> backend.linear().linear(y, filled(ROWS, IN), filled(OUT, IN), filled(OUT + 1)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContainingAll("linear", "b", "[10]", "[9]");
    assertThat(floats(y)).containsExactly(before);
  }

  @Test
  void tensorsOfAResetArenaAreRefused() {
    try (TensorArena other = backend.arena("step", Long.MAX_VALUE)) {
      Tensor x = other.allocate(4);
      other.reset();
      assertThatIllegalStateException()
          .isThrownBy(() -> backend.fill(x, 1))
          .withMessageContaining("step");
    }
  }

  @Test
  void fillSetsAPartAndNoMore() {
    Tensor x = filled(4, 5);
    float[] expected = floats(x);
    backend.fill(x.slice(1, 3), 2.5f);
    Arrays.fill(expected, 5, 15, 2.5f);
    assertThat(floats(x)).containsExactly(expected);
    backend.fill(x, 0);
    assertThat(floats(x)).containsOnly(0);
  }

  @Test
  void normalize(RandomGenerator random) {
    byte[] pixels = new byte[2 * 3 * 5 * 7];
    random.nextBytes(pixels);
    float[] mean = {0.485f, 0.456f, 0.406f};
    float[] std = {0.229f, 0.224f, 0.225f};
    Tensor x = arena.allocate(DType.U8, Shape.of(2, 3, 5, 7));
    Tensor y = arena.allocate(2, 3, 5, 7);
    backend.write(x, MemorySegment.ofArray(pixels));
    backend.pixels().normalize(y, x, mean, std);
    double[] expected = new double[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      int channel = i / 35 % 3;
      expected[i] = (Byte.toUnsignedInt(pixels[i]) / 255.0 - mean[channel]) / std[channel];
    }
    assertClose(floats(y), expected);
  }

  @Test
  void attentionProbabilities(RandomGenerator random) {
    int tokens = 35;
    int heads = 2;
    int channels = 3;
    int row = 3 * heads * channels;
    Tensor qkv = gaussian(random, 1, tokens, row);
    Tensor probabilities = arena.allocate(1, heads, tokens, tokens);
    backend.attention().attentionProbabilities(probabilities, qkv, heads);
    float[] x = floats(qkv);
    double[] expected = new double[heads * tokens * tokens];
    for (int query = 0; query < heads * tokens; query++) {
      int head = query / tokens;
      double sum = 0;
      for (int key = 0; key < tokens; key++) {
        double score = 0;
        for (int c = 0; c < channels; c++) {
          int at = head * channels + c;
          score += (double) x[query % tokens * row + at] * x[key * row + heads * channels + at];
        }
        expected[query * tokens + key] = Math.exp(score / Math.sqrt(channels));
        sum += expected[query * tokens + key];
      }
      for (int key = 0; key < tokens; key++) {
        expected[query * tokens + key] /= sum;
      }
    }
    assertClose(floats(probabilities), expected);
  }

  /** The first of the largest; where there is NaN, the first NaN. */
  @Test
  void hardLabels() {
    int classes = 300;
    float[] logits = new float[5 * classes];
    float[] expected = new float[5 * classes];
    logits[17] = 3;
    logits[270] = 3;
    expected[17] = 1;
    Arrays.fill(logits, classes, 2 * classes, -1e30f);
    logits[2 * classes - 1] = -1e29f;
    expected[2 * classes - 1] = 1;
    logits[2 * classes + 5] = Float.POSITIVE_INFINITY;
    logits[2 * classes + 200] = Float.NaN;
    logits[2 * classes + 280] = Float.NaN;
    expected[2 * classes + 200] = Float.NaN;
    Arrays.fill(logits, 3 * classes, 4 * classes, Float.NEGATIVE_INFINITY);
    expected[3 * classes] = 1;
    expected[4 * classes] = 1;
    Tensor x = Tensors.of(backend, arena, logits, 5, classes);
    Tensor y = filled(5, classes);
    backend.loss().hardLabels(y, x);
    assertThat(floats(y)).containsExactly(expected);
  }

  @Test
  void scoreByOneHeadAndByTwo(RandomGenerator random) {
    int images = 7;
    int classes = 301;
    float[] first = Tensors.gaussian(random, (long) images * classes, 3);
    float[] second = Tensors.gaussian(random, (long) images * classes, 3);
    int[] labels = random.ints(images, 0, classes).toArray();
    first[3 * classes + (labels[3] + 1) % classes] = Float.NaN;
    // As probable as the label: in front of it only if earlier.
    first[4 * classes + (labels[4] + 1) % classes] = first[4 * classes + labels[4]];
    first[5 * classes + (labels[5] + classes - 1) % classes] = first[5 * classes + labels[5]];
    Tensor x = Tensors.of(backend, arena, first, images, classes);
    Tensor other = Tensors.of(backend, arena, second, images, classes);
    Tensor ranks = arena.allocate(DType.I32, Shape.of(images));
    Tensor losses = arena.allocate(DType.F64, Shape.of(images));
    for (Tensor also : Arrays.asList(null, other)) {
      backend.loss().score(ranks, losses, x, also, labels);
      int[] gotRanks = new int[images];
      backend.read(MemorySegment.ofArray(gotRanks), ranks);
      double[] gotLosses = Tensors.doubles(backend, losses);
      for (int i = 0; i < images; i++) {
        double[] p = softmax(first, i, classes);
        double[] q = also == null ? p : softmax(second, i, classes);
        int rank = 0;
        double own = (p[labels[i]] + q[labels[i]]) / 2;
        for (int c = 0; c < classes; c++) {
          double each = (p[c] + q[c]) / 2;
          rank += c != labels[i] && !(each < own || each == own && c > labels[i]) ? 1 : 0;
        }
        assertThat(gotRanks[i]).as("rank of image %d", i).isEqualTo(rank);
        assertThat(gotLosses[i]).as("loss of image %d", i).isCloseTo(-Math.log(own), within(1e-9));
      }
    }
  }

  private static double[] softmax(float[] logits, int row, int classes) {
    double[] p = new double[classes];
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      p[c] = Math.exp(logits[row * classes + c]);
      sum += p[c];
    }
    for (int c = 0; c < classes; c++) {
      p[c] /= sum;
    }
    return p;
  }

  @Test
  void labelsThatAreNoClassesAreRefused() {
    Tensor ranks = arena.allocate(DType.I32, Shape.of(2));
    Tensor losses = arena.allocate(DType.F64, Shape.of(2));
    for (int[] labels : new int[][] {{0, 9}, {-1, 0}, {0}}) {
      assertThatThrownBy(() -> backend.loss().score(ranks, losses, filled(2, 9), null, labels))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("score");
    }
  }

  @Test
  void sumOfSquares(RandomGenerator random) {
    List<Tensor> tensors =
        List.of(gaussian(random, LONG), gaussian(random, 1), gaussian(random, 4096));
    double expected = 0;
    for (Tensor tensor : tensors) {
      for (float value : floats(tensor)) {
        expected += (double) value * value;
      }
    }
    assertThat(backend.optimizer().sumOfSquares(tensors))
        .isCloseTo(expected, within(1e-6 * expected));
  }

  /** Returns the scale of gradients with that factor. */
  private Tensor factor(double factor) {
    Tensor scale = arena.allocate(DType.F64, Shape.of(2));
    backend.write(scale, MemorySegment.ofArray(new double[] {Double.NaN, factor}));
    return scale;
  }

  @ParameterizedTest
  @CsvSource({"TORCH, 0", "TORCH, 1", "TORCH, 1e9", "LAMB, 0", "LAMB, 1", "LAMB, 1e9"})
  void gradientScale(Clipping.Rule rule, double limit, RandomGenerator random) {
    List<Tensor> gradients = List.of(gaussian(random, LONG), gaussian(random, 3, 5));
    Tensor scale = arena.allocate(DType.F64, Shape.of(2));
    var clipping = new Clipping(limit, rule);
    double norm = StrictMath.sqrt(backend.optimizer().sumOfSquares(gradients));
    backend.optimizer().gradientScale(scale, gradients, clipping);
    assertThat(Tensors.doubles(backend, scale)).containsExactly(norm, clipping.factor(norm));
    backend.fill(gradients.getLast(), Float.NaN);
    backend.optimizer().gradientScale(scale, gradients, clipping);
    assertThat(Tensors.doubles(backend, scale))
        .containsExactly(Double.NaN, limit == 0 ? 1 : Double.NaN);
    backend.fill(gradients, 0f);
    backend.optimizer().gradientScale(scale, gradients, clipping);
    assertThat(Tensors.doubles(backend, scale)).containsExactly(0, 1);
  }

  @Test
  void aReadThatIsWaitedForLaterHasTheNumbersOfItsTime() {
    Tensor x = ones(LONG);
    float[] numbers = new float[LONG];
    OpRunner.Readback copy = backend.readLater(MemorySegment.ofArray(numbers), x);
    backend.fill(x, 2f);
    float[] later = new float[LONG];
    OpRunner.Readback second = backend.readLater(MemorySegment.ofArray(later), x);
    second.await();
    copy.await();
    copy.await();
    assertThat(copy.isDone()).isTrue();
    assertThat(numbers).containsOnly(1);
    assertThat(later).containsOnly(2);
  }

  @Test
  void adamW(RandomGenerator random) {
    Tensor p = gaussian(random, LONG);
    Tensor m = zeros(LONG);
    Tensor v = zeros(LONG);
    double[] expected = widen(floats(p));
    double[] first = new double[LONG];
    double[] second = new double[LONG];
    for (int step = 1; step <= 3; step++) {
      Tensor g = gaussian(random, LONG);
      var numbers = new AdamWStep(step, 0.01, 0.9, 0.999, 1e-8, 0.05);
      backend.optimizer().adamW(List.of(new AdamWUpdate(p, m, v, g, numbers, null)), factor(0.5));
      double[] gradient = widen(floats(g));
      for (int i = 0; i < LONG; i++) {
        first[i] = 0.9 * first[i] + 0.1 * 0.5 * gradient[i];
        second[i] = 0.999 * second[i] + 0.001 * 0.25 * gradient[i] * gradient[i];
        double root = Math.sqrt(second[i]) / Math.sqrt(1 - Math.pow(0.999, step)) + 1e-8;
        expected[i] *= 1 - 0.01 * 0.05;
        expected[i] -= 0.01 / (1 - Math.pow(0.9, step)) * first[i] / root;
      }
    }
    assertClose(floats(p), expected);
    assertClose(floats(m), first);
    assertClose(floats(v), second);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sgd(boolean nesterov, RandomGenerator random) {
    Tensor p = gaussian(random, LONG);
    Tensor b = zeros(LONG);
    double[] expected = widen(floats(p));
    double[] velocity = new double[LONG];
    for (int step = 1; step <= 3; step++) {
      Tensor g = gaussian(random, LONG);
      backend.optimizer().sgd(p, b, g, new SgdStep(0.05, 0.9, 0.1, nesterov), factor(0.5));
      double[] gradient = widen(floats(g));
      for (int i = 0; i < LONG; i++) {
        double d = 0.5 * gradient[i] + 0.05 * expected[i];
        velocity[i] = 0.9 * velocity[i] + d;
        expected[i] -= 0.1 * (nesterov ? d + 0.9 * velocity[i] : velocity[i]);
      }
    }
    assertClose(floats(p), expected);
    assertClose(floats(b), velocity);
  }

  @ParameterizedTest
  @CsvSource({"true, true, true", "true, true, false", "true, false, false", "false, true, false"})
  void lamb(boolean correction, boolean adapts, boolean clip, RandomGenerator random) {
    Tensor p = gaussian(random, LONG);
    Tensor m = zeros(LONG);
    Tensor v = zeros(LONG);
    double[] expected = widen(floats(p));
    double[] first = new double[LONG];
    double[] second = new double[LONG];
    double[] direction = new double[LONG];
    for (int step = 1; step <= 3; step++) {
      Tensor g = gaussian(random, LONG);
      double[] gradient = widen(floats(g));
      // The ratio of norms is below 1 in step 2, above in step 3.
      double decay = step == 2 ? 3 : 0.05;
      var numbers = new LambStep(step, 0.01, 0.9, 0.999, 1e-6, decay, correction, adapts, clip);
      backend.optimizer().lamb(p, m, v, g, numbers, factor(0.5));
      double c1 = correction ? 1 - Math.pow(0.9, step) : 1;
      double c2 = correction ? 1 - Math.pow(0.999, step) : 1;
      double squares = 0;
      double squaresOfDirection = 0;
      for (int i = 0; i < LONG; i++) {
        first[i] = 0.9 * first[i] + 0.1 * 0.5 * gradient[i];
        second[i] = 0.999 * second[i] + 0.001 * 0.25 * gradient[i] * gradient[i];
        direction[i] = first[i] / c1 / (Math.sqrt(second[i]) / Math.sqrt(c2) + 1e-6);
        direction[i] += decay * expected[i];
        squares += expected[i] * expected[i];
        squaresOfDirection += direction[i] * direction[i];
      }
      double ratio = adapts ? Math.sqrt(squares / squaresOfDirection) : 1;
      for (int i = 0; i < LONG; i++) {
        expected[i] -= 0.01 * (clip ? Math.min(1, ratio) : ratio) * direction[i];
      }
    }
    assertClose(floats(p), expected);
    assertClose(floats(m), first);
    assertClose(floats(v), second);
  }

  @Test
  void lambTakesTheRateItselfWhereANormIsZero() {
    Tensor ones = ones(LONG);
    Tensor still = zeros(LONG);
    var step = new LambStep(1, 0.5, 0.9, 0.999, 1e-6, 0, true, true, false);
    backend.optimizer().lamb(still, zeros(LONG), zeros(LONG), ones, step, null);
    assertClose(floats(still), filledWith(-0.5));
    Tensor unmoved = ones(LONG);
    backend.optimizer().lamb(unmoved, zeros(LONG), zeros(LONG), zeros(LONG), step, null);
    assertThat(floats(unmoved)).containsOnly(1f);
  }

  private static double[] filledWith(double value) {
    double[] values = new double[LONG];
    Arrays.fill(values, value);
    return values;
  }

  @Test
  void ema(RandomGenerator random) {
    Tensor average = gaussian(random, LONG);
    Tensor p = gaussian(random, LONG);
    double[] expected = widen(floats(average));
    double[] values = widen(floats(p));
    backend.optimizer().ema(average, p, 0.99);
    for (int i = 0; i < LONG; i++) {
      expected[i] = 0.99 * expected[i] + 0.01 * values[i];
    }
    assertClose(floats(average), expected);
  }

  @Test
  void adamWWithAnAverageGivesTheBitsOfBoth(RandomGenerator random) {
    Tensor p = gaussian(random, SEVERAL_TASKS);
    Tensor m = gaussian(random, SEVERAL_TASKS);
    Tensor v = ones(SEVERAL_TASKS);
    Tensor g = gaussian(random, SEVERAL_TASKS);
    Tensor average = gaussian(random, SEVERAL_TASKS);
    List<Tensor> one = Stream.of(p, m, v, average).map(this::copyOf).toList();
    AdamWStep step = new AdamWStep(3, 0.01, 0.9, 0.999, 1e-8, 0.05);
    backend.optimizer().adamW(p, m, v, g, step);
    backend.optimizer().ema(average, p, 0.9);
    Average following = new Average(one.get(3), 0.9);
    backend.optimizer().adamW(one.get(0), one.get(1), one.get(2), g, step, following);
    assertThat(floats(one.get(0))).containsExactly(floats(p));
    assertThat(floats(one.get(1))).containsExactly(floats(m));
    assertThat(floats(one.get(2))).containsExactly(floats(v));
    assertThat(floats(one.get(3))).containsExactly(floats(average));
  }

  private Tensor copyOf(Tensor x) {
    Tensor copy = arena.allocate(x.dtype(), x.shape());
    backend.copy(copy, x);
    return copy;
  }

  /** Sizes of no part, a part, and several. */
  @Test
  void severalAtOnceGiveTheBitsOfOneAfterTheOther(RandomGenerator random) {
    AdamWStep step = new AdamWStep(3, 0.01, 0.9, 0.999, 1e-8, 0.05);
    List<AdamWUpdate> alone = new ArrayList<>();
    List<AdamWUpdate> together = new ArrayList<>();
    for (int size : new int[] {5, 4096, 1, 9000, 4097}) {
      float[][] numbers = new float[5][];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Tensors.gaussian(random, size, 1);
      }
      for (int i = 0; i < size; i++) {
        numbers[2][i] *= numbers[2][i];
      }
      alone.add(update(numbers, step, size % 2 == 0));
      together.add(update(numbers, step, size % 2 == 0));
    }
    alone.forEach(
        each ->
            backend
                .optimizer()
                .adamW(each.p(), each.m(), each.v(), each.g(), each.step(), each.average()));
    backend.optimizer().adamW(together, null);
    for (int i = 0; i < alone.size(); i++) {
      assertSameBits(together.get(i).p(), alone.get(i).p());
      assertSameBits(together.get(i).m(), alone.get(i).m());
      assertSameBits(together.get(i).v(), alone.get(i).v());
      if (alone.get(i).average() != null) {
        assertSameBits(together.get(i).average().average(), alone.get(i).average().average());
      }
    }

    List<Following> following =
        alone.stream().map(each -> new Following(each.p(), each.m())).toList();
    together.forEach(each -> backend.optimizer().ema(each.p(), each.m(), 0.9));
    backend.optimizer().ema(following, 0.9);
    alone.forEach(each -> assertSameBits(each.p(), together.get(alone.indexOf(each)).p()));

    List<Tensor> tensors = alone.stream().map(AdamWUpdate::p).toList();
    double sum = 0;
    for (Tensor each : tensors) {
      sum += backend.optimizer().sumOfSquares(List.of(each));
    }
    assertThat(backend.optimizer().sumOfSquares(tensors)).isCloseTo(sum, withinPercentage(1e-4));
    backend.fill(tensors, 3);
    tensors.forEach(each -> assertThat(Tensors.floats(backend, each)).containsOnly(3));
  }

  private AdamWUpdate update(float[][] numbers, AdamWStep step, boolean averaged) {
    Tensor[] tensors = new Tensor[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      tensors[i] = Tensors.of(backend, arena, numbers[i], numbers[i].length);
    }
    Average average = averaged ? new Average(tensors[4], 0.99) : null;
    return new AdamWUpdate(tensors[0], tensors[1], tensors[2], tensors[3], step, average);
  }

  private void assertSameBits(Tensor got, Tensor expected) {
    assertThat(Tensors.floats(backend, got)).containsExactly(Tensors.floats(backend, expected));
  }

  @Test
  void preparedWeightsGiveTheSameBits() {
    Tensor w = filled(OUT, IN);
    float[] before = linear(w);
    backend.linear().prepare(w);
    assertThat(linear(w)).containsExactly(before);
  }

  @Test
  void preparedConvolutionsGiveTheSameBitsUntilTheirWeightsChange() {
    Tensor w = filled(OUT, IN, 1, 1);
    float[] before = convolution(w);
    backend.convolution().prepareConvolution(w);
    assertThat(convolution(w)).containsExactly(before);
    backend.fill(w, 2f);
    assertThat(convolution(w)).isNotEqualTo(before);
  }

  private float[] convolution(Tensor w) {
    Tensor y = arena.allocate(1, ROWS, 1, OUT);
    backend.convolution().convolution(y, filled(1, ROWS, 1, IN), w, 1, 1);
    return floats(y);
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        change("write", (test, w) -> Tensors.write(test.backend, w, new float[OUT * IN])),
        change("write to a slice", (test, w) -> test.backend.fill(w.slice(1, 3), 3f)),
        change("fill", (test, w) -> test.backend.fill(w, 2f)),
        change("copy", (test, w) -> test.backend.copy(w, test.ones(OUT, IN))),
        change("ema", (test, w) -> test.backend.optimizer().ema(w, test.ones(OUT, IN), 0.25)),
        change(
            "sgd",
            (test, w) ->
                test.backend
                    .optimizer()
                    .sgd(
                        w,
                        test.filled(OUT, IN),
                        test.filled(OUT, IN),
                        new SgdStep(0, 0.9, 0.5, false),
                        null)),
        change(
            "lamb",
            (test, w) ->
                test.backend
                    .optimizer()
                    .lamb(
                        w,
                        test.filled(OUT, IN),
                        test.filled(OUT, IN),
                        test.filled(OUT, IN),
                        new LambStep(1, 0.5, 0.9, 0.999, 1e-8, 0.1, true, true, false),
                        null)),
        change(
            "adamW",
            (test, w) ->
                test.backend
                    .optimizer()
                    .adamW(
                        w,
                        test.filled(OUT, IN),
                        test.filled(OUT, IN),
                        test.filled(OUT, IN),
                        new AdamWStep(1, 0.5, 0.9, 0.999, 1e-8, 0.1))));
  }

  private static Arguments change(String name, BiConsumer<BackendOpsTest, Tensor> change) {
    return Arguments.of(name, change);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void aChangedWeightIsNotServedFromBefore(String name, BiConsumer<BackendOpsTest, Tensor> change) {
    Tensor prepared = filled(OUT, IN);
    Tensor plain = filled(OUT, IN);
    backend.linear().prepare(prepared);
    float[] before = linear(prepared);
    change.accept(this, prepared);
    change.accept(this, plain);
    assertThat(linear(prepared)).containsExactly(linear(plain)).isNotEqualTo(before);
  }

  private float[] linear(Tensor w) {
    Tensor y = arena.allocate(ROWS, OUT);
    backend.linear().linear(y, filled(ROWS, IN), w, filled(OUT));
    return floats(y);
  }

  private Tensor filled(int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    float[] values = new float[Math.toIntExact(tensor.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 37 % 101) / 50f + 0.1f;
    }
    Tensors.write(backend, tensor, values);
    return tensor;
  }

  private Tensor ones(int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    backend.fill(tensor, 1);
    return tensor;
  }

  private Tensor gaussian(RandomGenerator random, int... sizes) {
    return Tensors.of(
        backend, arena, Tensors.gaussian(random, Shape.of(sizes).elements(), 1), sizes);
  }

  private Tensor zeros(int size) {
    return Tensors.of(backend, arena, new float[size], size);
  }

  private float[] floats(Tensor tensor) {
    return Tensors.floats(backend, tensor);
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static void assertClose(float[] got, double[] expected) {
    assertThat(got).hasSameSizeAs(expected);
    for (int i = 0; i < got.length; i++) {
      assertThat((double) got[i])
          .as("element %d", i)
          .isCloseTo(expected[i], within(1e-5 + 1e-5 * Math.abs(expected[i])));
    }
  }
}
