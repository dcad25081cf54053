package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.recipe.Recipe;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningRateTest {
  private static final LearningRate DEIT = new LearningRate(1e-3, 1e-6, 1e-5, 5, 300);

  /** Computed by hand from the formulas, for the reference's training of 300 epochs. */
  @ParameterizedTest
  @CsvSource({
    "0, 1e-6",
    "1, 1e-6",
    "2, 2.008e-4",
    "3, 4.006e-4",
    "4, 6.004e-4",
    "5, 8.002e-4",
    "6, 9.993216e-4",
    "50, 9.362508e-4",
    "100, 7.569755e-4",
    "151, 5.05e-4",
    "200, 2.620026e-4",
    "250, 7.893270e-5",
    "299, 1.010856e-5"
  })
  void epochsOfTheReferenceRun(long epoch, double expected) {
    assertThat(DEIT.laggingAt(epoch)).isCloseTo(expected, within(5e-7 * expected));
  }

  @Test
  void staysAtTheMinimumAfterTheEnd() {
    assertThat(DEIT.at(300)).isEqualTo(1e-5);
    assertThat(DEIT.at(1e9)).isEqualTo(1e-5);
  }

  @Test
  void scalesByTheEffectiveBatch() {
    assertThat(LearningRate.scaled(5e-4, 1024)).isEqualTo(1e-3);
    assertThat(LearningRate.scaled(5e-4, 64)).isEqualTo(6.25e-5);
  }

  @Test
  void perEpochScheduleChangesAtEpochs() {
    var rate = LearningRate.of(recipe("schedule=epoch", "schedule-lag=false"), 10);
    assertThat(rate.at(0)).isEqualTo(rate.at(9)).isEqualTo(1e-6);
    assertThat(rate.at(10)).isEqualTo(rate.at(19)).isEqualTo(DEIT.at(1));
    assertThat(rate.at(2999)).isEqualTo(DEIT.at(299));
  }

  @Test
  void laggingScheduleTrainsAnEpochWithTheRateOfTheOneBefore() {
    var rate = LearningRate.of(recipe("schedule=epoch", "schedule-lag=true"), 10);
    assertThat(rate.at(0)).isEqualTo(rate.at(19)).isEqualTo(1e-6);
    assertThat(rate.at(20)).isEqualTo(rate.at(29)).isEqualTo(DEIT.at(1));
  }

  @Test
  void perStepScheduleCountsSteps() {
    var rate =
        LearningRate.of(recipe("schedule=step", "schedule-lag=false", "warmup-epochs=0.5"), 10);
    assertThat(rate.at(0)).isEqualTo(1e-6);
    assertThat(rate.at(1)).isCloseTo(1e-6 + (1e-3 - 1e-6) / 5, within(1e-15));
    assertThat(rate.at(1500)).isCloseTo(DEIT.at(150), within(1e-15));
    assertThat(rate.at(3000)).isEqualTo(1e-5);
  }

  @Test
  void splittingTheEffectiveBatchDoesNotChangeTheRate() {
    var whole = LearningRate.of(recipe("batch=1024", "accumulate=1"), 10);
    var split = LearningRate.of(recipe("batch=8", "accumulate=128"), 10);
    for (long step = 0; step < 3000; step += 10) {
      assertThat(split.at(step)).isEqualTo(whole.at(step));
    }
  }

  @Test
  void refusesNumbersThatMakeNoSchedule() {
    assertThatThrownBy(() -> new LearningRate(Double.NaN, 0, 0, 0, 1))
        .hasMessageContaining("base: expected 0 or more, found NaN");
    assertThatThrownBy(() -> new LearningRate(1, 0, 0, 0, 0))
        .hasMessageContaining("total: expected above 0");
    assertThatThrownBy(() -> LearningRate.of(recipe(), 0)).hasMessageContaining("found 0");
  }

  /** The reference's training: effective batch 1024, 300 epochs. */
  private static Recipe recipe(String... sets) {
    return Recipe.load("deit-base", List.of(sets));
  }
}
