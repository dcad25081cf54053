package io.github.deit4j.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HeadTest {
  private static final Offset<Double> EXACT = within(1e-14);
  private static final float[] CLASS = {1f, -2f, 0.5f, 3f};
  private static final float[] DISTILLATION = {0f, 4f, -1f, 2.5f};

  @ParameterizedTest
  @EnumSource
  void isFoundByItsId(Head head) {
    assertThat(Head.of(head.id())).isEqualTo(head);
    assertThat(head.id()).isLowerCase();
  }

  @Test
  void refusesUnknownIds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Head.of("CLASS"))
        .withMessageContainingAll("'CLASS'", "class", "distillation", "mean", "joint");
  }

  @Test
  void classAndDistillationAreTheSoftmaxOfOneHead() {
    double[] expected = softmax(CLASS);
    assertLogs(Head.CLASS.logProbabilities(CLASS, null), expected);
    assertLogs(Head.CLASS.logProbabilities(CLASS, DISTILLATION), expected);
    assertLogs(Head.DISTILLATION.logProbabilities(CLASS, DISTILLATION), softmax(DISTILLATION));
  }

  @Test
  void meanIsTheSoftmaxOfMeanLogits() {
    float[] mean = {0.5f, 1f, -0.25f, 2.75f};
    assertLogs(Head.MEAN.logProbabilities(CLASS, DISTILLATION), softmax(mean));
  }

  @Test
  void jointIsTheMeanOfBothSoftmaxes() {
    double[] expected = softmax(CLASS);
    double[] other = softmax(DISTILLATION);
    for (int c = 0; c < expected.length; c++) {
      expected[c] = (expected[c] + other[c]) / 2;
    }
    assertLogs(Head.JOINT.logProbabilities(CLASS, DISTILLATION), expected);
  }

  @ParameterizedTest
  @EnumSource
  void staysFiniteForLogitsFarApart(Head head) {
    float[] one = {1e30f, -1e30f, 0f};
    float[] other = {-1e4f, 1e4f, 0f};
    double[] logs = head.logProbabilities(one, other);
    assertThat(logs).doesNotContain(Double.NaN, Double.NEGATIVE_INFINITY);
    assertThat(Arrays.stream(logs).map(Math::exp).sum()).isCloseTo(1, EXACT);
  }

  @ParameterizedTest
  @EnumSource
  void keepsNanVisible(Head head) {
    float[] logits = {0f, Float.NaN, 1f};
    assertThat(head.logProbabilities(logits, logits)).containsOnly(Double.NaN);
  }

  @ParameterizedTest
  @EnumSource
  void leavesTheLogitsAsTheyAre(Head head) {
    float[] one = CLASS.clone();
    float[] other = DISTILLATION.clone();
    head.logProbabilities(one, other);
    assertThat(one).containsExactly(CLASS);
    assertThat(other).containsExactly(DISTILLATION);
  }

  private static void assertLogs(double[] logs, double[] probabilities) {
    assertThat(logs).hasSameSizeAs(probabilities);
    for (int c = 0; c < logs.length; c++) {
      assertThat(Math.exp(logs[c])).as("class %d", c).isCloseTo(probabilities[c], EXACT);
    }
  }

  private static double[] softmax(float[] logits) {
    double[] result = new double[logits.length];
    double sum = 0;
    for (int c = 0; c < logits.length; c++) {
      result[c] = Math.exp(logits[c]);
      sum += result[c];
    }
    for (int c = 0; c < logits.length; c++) {
      result[c] /= sum;
    }
    return result;
  }
}
