package io.github.deit4j.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.autograd.Tape;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DistillationLoss.BaseLoss;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.ImageLosses;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DistillationLossTest {
  private static final int IMAGES = 6;
  private static final int CLASSES = 19;
  private static final double ALPHA = 0.3;
  private static final double TEMPERATURE = 2.5;

  private final Backend backend = new CpuBackend(2);
  private final TensorArena arena = backend.arena("test", Long.MAX_VALUE);
  private final float[] classLogits = logits(1);
  private final float[] distillation = logits(2);
  private final float[] teacher = logits(3);
  private final float[] targets = targets();

  private static float[] logits(int seed) {
    return Tensors.gaussian(new SplittableRandom(seed), IMAGES * CLASSES, 3);
  }

  private static float[] targets() {
    float[] targets = new float[IMAGES * CLASSES];
    double[] probabilities = softmax(logits(4), 1);
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (float) probabilities[i];
    }
    return targets;
  }

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  /** Losses and gradients of one part of the batch. */
  private record Result(
      double[] base, double[] total, float[] classGradient, float[] distillationGradient) {}

  private static DistillationLoss loss(DistillationType type) {
    return new DistillationLoss(type, ALPHA, TEMPERATURE, SoftReduction.ELEMENT);
  }

  private Result compute(DistillationLoss loss, boolean token) {
    return compute(loss, token, 0, IMAGES);
  }

  private Result compute(DistillationLoss loss, boolean token, int from, int to) {
    return compute(loss, token, from, to, null);
  }

  private Result compute(DistillationLoss loss, boolean token, int from, int to, float[] counts) {
    Tape tape = new Tape(backend, arena);
    Tensor student = part(classLogits, from, to);
    Tensor second = token ? part(distillation, from, to) : null;
    ImageLosses losses =
        loss.compute(
            backend,
            arena,
            tape,
            new Logits(student, second),
            new WeightedTargets(part(targets, from, to), counts),
            loss.type() == DistillationType.NONE ? null : part(teacher, from, to),
            IMAGES);
    return new Result(
        losses.base(), losses.total(), gradient(tape, student), gradient(tape, second));
  }

  private Tensor part(float[] rows, int from, int to) {
    float[] part = Arrays.copyOfRange(rows, from * CLASSES, to * CLASSES);
    return Tensors.of(backend, arena, part, to - from, CLASSES);
  }

  private float[] gradient(Tape tape, Tensor logits) {
    Tensor gradient = logits == null ? null : tape.gradient(logits);
    return gradient == null ? null : Tensors.floats(backend, gradient);
  }

  @Test
  void labelsAreLearnedOnceMore() {
    Result got = compute(loss(DistillationType.LABELS), true);
    double[] gradient = new double[targets.length];
    double[] p = softmax(distillation, 1);
    double[] total = scaled(baseLosses(), 1 - ALPHA);
    for (int i = 0; i < targets.length; i++) {
      total[i / CLASSES] -= ALPHA * targets[i] * Math.log(p[i]);
      gradient[i] = ALPHA / IMAGES * (p[i] - targets[i]);
    }
    assertResult(got, total, baseGradient(1 - ALPHA), gradient);
  }

  @Test
  void binaryIsTheMeanOverClasses() {
    var binary =
        new DistillationLoss(
            BaseLoss.BINARY_CROSS_ENTROPY,
            DistillationType.LABELS,
            ALPHA,
            TEMPERATURE,
            SoftReduction.ELEMENT);
    Result got = compute(binary, true);
    double[] base = new double[IMAGES];
    double[] total = new double[IMAGES];
    double[] gradient = new double[targets.length];
    double[] second = new double[targets.length];
    for (int i = 0; i < targets.length; i++) {
      double p = 1 / (1 + Math.exp(-classLogits[i]));
      double q = 1 / (1 + Math.exp(-distillation[i]));
      double t = targets[i];
      double loss = -(t * Math.log(p) + (1 - t) * Math.log(1 - p)) / CLASSES;
      double secondLoss = -(t * Math.log(q) + (1 - t) * Math.log(1 - q)) / CLASSES;
      base[i / CLASSES] += loss;
      total[i / CLASSES] += (1 - ALPHA) * loss + ALPHA * secondLoss;
      gradient[i] = (1 - ALPHA) / IMAGES / CLASSES * (p - t);
      second[i] = ALPHA / IMAGES / CLASSES * (q - t);
    }
    assertThat(got.base()).containsExactly(base, within(1e-5));
    assertThat(got.total()).containsExactly(total, within(1e-5));
    Golden.assertClose("gradient", got.classGradient(), gradient, 1e-6, 1e-5);
    Golden.assertClose("second gradient", got.distillationGradient(), second, 1e-6, 1e-5);
  }

  /** What counts for the labels does not for the teacher. */
  @ParameterizedTest
  @EnumSource
  void imagesCountInWhatIsLearnedFromLabels(DistillationType type) {
    float[] counts = {2, 0, 1, 0.5f, 3, 1.25f};
    for (BaseLoss base : BaseLoss.values()) {
      var loss = new DistillationLoss(base, type, ALPHA, TEMPERATURE, SoftReduction.ELEMENT);
      Result plain = compute(loss, true);
      Result got = compute(loss, true, 0, IMAGES, counts);
      double share = type == DistillationType.NONE ? 1 : 1 - ALPHA;
      boolean second = type == DistillationType.LABELS;
      for (int i = 0; i < IMAGES; i++) {
        double more = counts[i] - 1;
        double ofSecond = plain.total()[i] - share * plain.base()[i];
        double total =
            plain.total()[i] + more * (share * plain.base()[i] + (second ? ofSecond : 0));
        assertThat(got.base()[i]).isCloseTo(counts[i] * plain.base()[i], within(1e-12));
        assertThat(got.total()[i]).isCloseTo(total, within(1e-12));
      }
      for (int i = 0; i < targets.length; i++) {
        float count = counts[i / CLASSES];
        assertThat(got.classGradient()[i]).isEqualTo(count * plain.classGradient()[i]);
        if (type != DistillationType.NONE) {
          assertThat(got.distillationGradient()[i])
              .isEqualTo((second ? count : 1) * plain.distillationGradient()[i]);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(BaseLoss.class)
  void countingOnceChangesNoBit(BaseLoss base) {
    var loss =
        new DistillationLoss(
            base, DistillationType.LABELS, ALPHA, TEMPERATURE, SoftReduction.ELEMENT);
    Result plain = compute(loss, true);
    Result got = compute(loss, true, 0, IMAGES, new float[] {1, 1, 1, 1, 1, 1});
    assertThat(got.total()).containsExactly(plain.total());
    assertThat(got.classGradient()).containsExactly(plain.classGradient());
    assertThat(got.distillationGradient()).containsExactly(plain.distillationGradient());
  }

  @ParameterizedTest
  @EnumSource
  void softIsTheScaledDivergenceFromTheTeacher(SoftReduction reduction) {
    var soft = new DistillationLoss(DistillationType.SOFT, ALPHA, TEMPERATURE, reduction);
    Result got = compute(soft, true);
    double divisor = reduction == SoftReduction.ELEMENT ? CLASSES : 1;
    double weight = ALPHA * TEMPERATURE * TEMPERATURE / divisor;
    double[] p = softmax(distillation, TEMPERATURE);
    double[] q = softmax(teacher, TEMPERATURE);
    double[] total = scaled(baseLosses(), 1 - ALPHA);
    double[] gradient = new double[p.length];
    for (int i = 0; i < p.length; i++) {
      total[i / CLASSES] += weight * q[i] * Math.log(q[i] / p[i]);
      gradient[i] = weight / IMAGES * (p[i] - q[i]) / TEMPERATURE;
    }
    assertResult(got, total, baseGradient(1 - ALPHA), gradient);
  }

  @Test
  void hardIsTheCrossEntropyWithTheTeachersDecision() {
    Result got = compute(loss(DistillationType.HARD), true);
    double[] total = scaled(baseLosses(), 1 - ALPHA);
    addHardLosses(total, distillation);
    double[] gradient = crossEntropyGradient(distillation, decisions(), ALPHA);
    assertResult(got, total, baseGradient(1 - ALPHA), gradient);
  }

  @Test
  void withoutTokenTheClassHeadLearnsFromTheTeacherToo() {
    Result got = compute(loss(DistillationType.HARD), false);
    double[] total = scaled(baseLosses(), 1 - ALPHA);
    addHardLosses(total, classLogits);
    double[] gradient = baseGradient(1 - ALPHA);
    double[] second = crossEntropyGradient(classLogits, decisions(), ALPHA);
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] += second[i];
    }
    assertResult(got, total, gradient, null);
  }

  @Test
  void withoutDistillationTheBaseLossIsTheWhole() {
    Result got = compute(DistillationLoss.NONE, true);
    assertResult(got, baseLosses(), baseGradient(1), null);
    assertThat(got.total()).containsExactly(got.base());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void splitOfTheBatchChangesNoBit(int micro) {
    for (DistillationType type : DistillationType.values()) {
      for (boolean token : new boolean[] {true, false}) {
        Result whole = compute(loss(type), token);
        for (int from = 0; from < IMAGES; from += micro) {
          int to = Math.min(IMAGES, from + micro);
          Result part = compute(loss(type), token, from, to);
          assertThat(part.base()).containsExactly(Arrays.copyOfRange(whole.base(), from, to));
          assertThat(part.total()).containsExactly(Arrays.copyOfRange(whole.total(), from, to));
          assertSameRows(part.classGradient(), whole.classGradient(), from, to);
          assertSameRows(part.distillationGradient(), whole.distillationGradient(), from, to);
        }
      }
    }
  }

  private static void assertSameRows(float[] part, float[] whole, int from, int to) {
    if (whole == null) {
      assertThat(part).isNull();
    } else {
      assertThat(part).containsExactly(Arrays.copyOfRange(whole, from * CLASSES, to * CLASSES));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SOFT", "HARD"})
  void nanOfTheTeacherStaysVisible(DistillationType type) {
    for (int wrong : new int[] {0, CLASSES / 2, CLASSES - 1}) {
      float kept = teacher[CLASSES + wrong];
      teacher[CLASSES + wrong] = Float.NaN;
      Result got = compute(loss(type), true);
      teacher[CLASSES + wrong] = kept;
      for (int image = 0; image < IMAGES; image++) {
        assertThat(Double.isNaN(got.total()[image]))
            .as("loss of image %d, NaN in class %d of image 1", image, wrong)
            .isEqualTo(image == 1);
      }
      assertThat(got.base()).doesNotContain(Double.NaN);
      assertThat(got.distillationGradient()).contains(Float.NaN);
    }
  }

  @Test
  void firstOfEqualTeacherLogitsDecides() {
    Arrays.fill(teacher, 0f);
    Result got = compute(loss(DistillationType.HARD), true);
    double[] labels = new double[IMAGES * CLASSES];
    for (int i = 0; i < labels.length; i += CLASSES) {
      labels[i] = 1;
    }
    double[] expected = crossEntropyGradient(distillation, labels, ALPHA);
    Golden.assertClose("gradient", got.distillationGradient(), expected, 1e-7, 1e-5);
  }

  private static void assertResult(
      Result got, double[] total, double[] classGradient, double[] distillationGradient) {
    Golden.assertClose("total", got.total(), total, 1e-6, 1e-5);
    Golden.assertClose("class gradient", got.classGradient(), classGradient, 1e-7, 1e-5);
    if (distillationGradient == null) {
      assertThat(got.distillationGradient()).isNull();
    } else {
      Golden.assertClose(
          "distillation gradient", got.distillationGradient(), distillationGradient, 1e-7, 1e-5);
    }
  }

  private double[] baseLosses() {
    double[] p = softmax(classLogits, 1);
    double[] losses = new double[IMAGES];
    for (int i = 0; i < p.length; i++) {
      losses[i / CLASSES] -= targets[i] * Math.log(p[i]);
    }
    return losses;
  }

  private double[] baseGradient(double share) {
    double[] wanted = new double[targets.length];
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = targets[i];
    }
    return crossEntropyGradient(classLogits, wanted, share);
  }

  private static double[] crossEntropyGradient(float[] logits, double[] wanted, double share) {
    double[] p = softmax(logits, 1);
    double[] gradient = new double[p.length];
    for (int i = 0; i < p.length; i++) {
      gradient[i] = share / IMAGES * (p[i] - wanted[i]);
    }
    return gradient;
  }

  private void addHardLosses(double[] total, float[] student) {
    double[] p = softmax(student, 1);
    double[] labels = decisions();
    for (int i = 0; i < p.length; i++) {
      total[i / CLASSES] -= ALPHA * labels[i] * Math.log(p[i]);
    }
  }

  /** One-hot rows at the teacher's largest logit. */
  private double[] decisions() {
    double[] labels = new double[teacher.length];
    for (int start = 0; start < teacher.length; start += CLASSES) {
      int best = start;
      for (int i = start; i < start + CLASSES; i++) {
        best = teacher[i] > teacher[best] ? i : best;
      }
      labels[best] = 1;
    }
    return labels;
  }

  private static double[] softmax(float[] rows, double temperature) {
    double[] result = new double[rows.length];
    for (int start = 0; start < rows.length; start += CLASSES) {
      double sum = 0;
      for (int i = start; i < start + CLASSES; i++) {
        result[i] = Math.exp(rows[i] / temperature);
        sum += result[i];
      }
      for (int i = start; i < start + CLASSES; i++) {
        result[i] /= sum;
      }
    }
    return result;
  }

  private static double[] scaled(double[] values, double factor) {
    return Arrays.stream(values).map(value -> factor * value).toArray();
  }
}
