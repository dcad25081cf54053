package io.github.deit4j.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.measure.Effort;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Real trials, as short as can be. */
class TrialMeasurementTest {
  private static final SuiteEffort ONCE =
      new SuiteEffort(
          new Effort(1, Duration.ZERO, Duration.ZERO, Duration.ZERO, 1 << 20), false, 1, 0, 64);

  private static TrialResult measure(Trial trial) throws IOException, InterruptedException {
    TrialResult result = new TrialMeasurement(ONCE, Path.of("none")).measure(trial);
    assertThat(result.cells())
        .allSatisfy(
            each -> {
              assertThat(trial.covers(each.cell())).as(each.cell().toString()).isTrue();
              assertThat(each.round().milliseconds()).allMatch(time -> time > 0);
              assertThat(each.round().clockGflops()).isPositive();
            });
    return result;
  }

  @Test
  void ceilings() throws IOException, InterruptedException {
    assertThat(measure(Fakes.trial(Trial.Kind.CEILINGS, 1, Fakes.CPU)).ceilings())
        .extracting(Ceiling::kind)
        .containsExactly(Ceiling.Kind.ARITHMETIC, Ceiling.Kind.MEMORY);
  }

  @Test
  void opsOfTwoBackends() throws IOException, InterruptedException {
    Contestant other = Contestant.of("openblas");
    TrialResult result = measure(Fakes.trial(Trial.Kind.OPS, 1, Fakes.CPU, other));
    assertThat(result.cells())
        .filteredOn(each -> each.cell().backend().equals("openblas"))
        .extracting(each -> each.cell().op())
        .contains("qkv/linear")
        .doesNotContain("mlp/gelu");
    assertThat(result.cells())
        .filteredOn(each -> "mlp/gelu".equals(each.cell().op()))
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.flop()).isNull();
              assertThat(each.bytes()).isEqualTo(2 * 4 * 198 * 768);
            });
  }

  @Test
  void aModelWhosePeerIsMissing() throws IOException, InterruptedException {
    Contestant peer = Contestant.of("peer:pytorch");
    TrialResult result = measure(Fakes.trial(Trial.Kind.INFERENCE, 1, Fakes.CPU, peer));
    assertThat(result.cells())
        .singleElement()
        .satisfies(each -> assertThat(each.round().memory().bytes()).isGreaterThan(23_000_000));
    assertThat(result.absences())
        .singleElement()
        .satisfies(each -> assertThat(each.why()).contains("expected jars"));
  }

  /** The check before a model is opened must not promise memory that it then exceeds. */
  @Test
  void modelsTakeNoMoreMemoryThanEstimated() throws IOException, InterruptedException {
    for (Trial.Kind kind : List.of(Trial.Kind.INFERENCE, Trial.Kind.TRAIN_STEP)) {
      for (int batch : List.of(1, 8)) {
        Trial trial = Fakes.trial(kind, batch, Fakes.CPU);
        double taken = measure(trial).cells().getFirst().round().memory().bytes();
        assertThat(taken)
            .as("%s at batch %d", kind, batch)
            .isBetween(0.2 * MemoryCheck.bytes(trial), MemoryCheck.bytes(trial));
      }
    }
  }

  @Test
  void aBreakdownAddsUp() throws IOException, InterruptedException {
    TrialResult result = measure(Fakes.trial(Trial.Kind.BREAKDOWN, 1, Fakes.CPU));
    assertThat(result.breakdowns())
        .singleElement()
        .satisfies(each -> assertThat(each.lines()).anyMatch(line -> line.op().equals("adamW")));
  }

  @Test
  void theDataPathOnOneThreadAndOnTwo() throws IOException, InterruptedException {
    Trial one = new Trial(Trial.Kind.DATA, null, 1, 1, List.of(Fakes.CPU));
    assertThat(measure(one).cells())
        .extracting(each -> each.cell().op())
        .containsExactly("decode", "random_resized_crop", "rand_augment", "decode_and_augment");
    assertThat(measure(Fakes.trial(Trial.Kind.DATA, 2, Fakes.CPU)).cells()).hasSize(1);
  }

  @Test
  void coldStarts() throws IOException, InterruptedException {
    assertThat(measure(Fakes.trial(Trial.Kind.PREDICT, 1, Fakes.CPU)).cells()).hasSize(1);
    assertThat(measure(Fakes.trial(Trial.Kind.FULL_SPEED, 1, Fakes.CPU)).cells()).hasSize(1);
  }

  @Test
  void fullSpeedIsReachedWithTheFirstFastStepsInARow() {
    List<Long> times = List.of(0L, 50L, 60L, 90L, 101L, 111L, 121L, 131L, 141L, 151L);
    assertThat(ColdStart.firstAtFullSpeed(times)).isEqualTo(3);
  }

  @Test
  void oneSlowStepAmongFastOnesIsNoise() {
    List<Long> times = List.of(0L, 50L, 60L, 70L, 82L, 92L, 102L, 112L, 122L, 132L);
    assertThat(ColdStart.firstAtFullSpeed(times)).isEqualTo(1);
  }
}
