package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Contest.Effort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Real trials, as short as can be. */
class TrialMeasurementTest {
  private static final TrialMeasurement.Pace ONCE =
      new TrialMeasurement.Pace(
          new Effort(1, Duration.ZERO, Duration.ZERO, Duration.ZERO, 1 << 20), false, 1, 0, 64);

  private static Findings.Part measure(Trial trial) throws Exception {
    return measure(trial, _ -> {});
  }

  private static Findings.Part measure(Trial trial, Consumer<Findings.Part> soFar)
      throws Exception {
    Findings.Part result = new TrialMeasurement(ONCE, Path.of("none")).measure(trial, soFar);
    assertThat(result.measurements())
        .allSatisfy(
            each -> {
              assertThat(trial.covers(each.cell())).as(each.cell().toString()).isTrue();
              assertThat(each.rounds().getFirst().milliseconds()).allMatch(time -> time > 0);
              assertThat(each.rounds().getFirst().clockGflops()).isPositive();
            });
    return result;
  }

  /** Returns a trial with one image of a model whose steps take milliseconds. */
  private static Trial small(Trial.Kind kind, Contestant... contestants) {
    return new Trial(kind, "fashion-mnist", 1, 2, List.of(contestants));
  }

  @Test
  void ceilings() throws Exception {
    assertThat(measure(Fakes.trial(Trial.Kind.CEILINGS, 1, Fakes.CPU)).ceilings())
        .extracting(Ceiling::kind)
        .containsExactly(Ceiling.Kind.ARITHMETIC, Ceiling.Kind.MEMORY);
  }

  @Test
  void opsOfTwoBackends() throws Exception {
    Contestant other = Contestant.onHost("openblas");
    List<Findings.Part> parts = new ArrayList<>();
    Findings.Part result = measure(small(Trial.Kind.OPS, Fakes.CPU, other), parts::add);
    assertThat(parts).hasSizeGreaterThan(10).last().isEqualTo(result);
    assertThat(parts.getFirst().measurements())
        .isNotEmpty()
        .hasSizeLessThan(result.measurements().size());
    assertThat(result.measurements())
        .filteredOn(each -> each.cell().backend().equals("openblas"))
        .extracting(each -> each.cell().op())
        .contains("qkv/linear")
        .doesNotContain("mlp/gelu");
    assertThat(result.measurements())
        .filteredOn(each -> "mlp/gelu".equals(each.cell().op()))
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.flop()).isNull();
              assertThat(each.bytes()).isEqualTo(2 * 4 * 18 * 288);
            });
  }

  @Test
  void aModelWhosePeerIsMissing() throws Exception {
    Contestant peer = Contestant.onHost("peer:pytorch");
    Findings.Part result = measure(small(Trial.Kind.INFERENCE, Fakes.CPU, peer));
    assertThat(result.measurements())
        .singleElement()
        .satisfies(
            each -> assertThat(each.rounds().getFirst().memory().bytes()).isGreaterThan(1_500_000));
    assertThat(result.absences())
        .singleElement()
        .satisfies(each -> assertThat(each.why()).contains("expected jars"));
  }

  /** The check before a model is opened must not promise memory that it then exceeds. */
  @Test
  void modelsTakeNoMoreMemoryThanEstimated() throws Exception {
    for (Trial.Kind kind : List.of(Trial.Kind.INFERENCE, Trial.Kind.TRAIN_STEP)) {
      for (int batch : List.of(1, 8)) {
        Trial trial = Fakes.trial(kind, batch, Fakes.CPU);
        double taken = measure(trial).measurements().getFirst().memory().bytes();
        assertThat(taken)
            .as("%s at batch %d", kind, batch)
            .isBetween(0.2 * Suite.bytes(trial), Suite.bytes(trial));
      }
    }
  }

  @Test
  void aBreakdownAddsUp() throws Exception {
    Findings.Part result = measure(small(Trial.Kind.BREAKDOWN, Fakes.CPU));
    assertThat(result.breakdowns())
        .singleElement()
        .satisfies(each -> assertThat(each.lines()).anyMatch(line -> line.op().equals("adamW")));
  }

  @Test
  void theDataPathOnOneThreadAndOnTwo() throws Exception {
    Trial one = new Trial(Trial.Kind.DATA, null, 1, 1, List.of(Fakes.CPU));
    assertThat(measure(one).measurements())
        .extracting(each -> each.cell().op())
        .containsExactly("decode", "random_resized_crop", "rand_augment", "decode_and_augment");
    assertThat(measure(Fakes.trial(Trial.Kind.DATA, 2, Fakes.CPU)).measurements()).hasSize(1);
  }

  @Test
  void coldStarts() throws Exception {
    assertThat(measure(small(Trial.Kind.PREDICT, Fakes.CPU)).measurements()).hasSize(1);
    assertThat(measure(small(Trial.Kind.FULL_SPEED, Fakes.CPU)).measurements()).hasSize(1);
  }

  @Test
  void fullSpeedIsReachedWithTheFirstFastStepsInARow() {
    List<Long> times = List.of(0L, 50L, 60L, 90L, 101L, 111L, 121L, 131L, 141L, 151L);
    assertThat(TrialMeasurement.firstAtFullSpeed(times)).isEqualTo(3);
  }

  @Test
  void oneSlowStepAmongFastOnesIsNoise() {
    List<Long> times = List.of(0L, 50L, 60L, 70L, 82L, 92L, 102L, 112L, 122L, 132L);
    assertThat(TrialMeasurement.firstAtFullSpeed(times)).isEqualTo(1);
  }
}
