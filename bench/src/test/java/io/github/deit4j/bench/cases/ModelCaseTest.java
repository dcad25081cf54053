package io.github.deit4j.bench.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.bench.measure.Watch;
import java.time.Duration;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class ModelCaseTest {
  private static final String TINY = "deit_tiny_distilled_patch16_224";
  private static final String BASE = "deit_base_distilled_patch16_224";
  private static final List<String> MODELS =
      List.of(TINY, "deit_small_distilled_patch16_224", BASE);
  private static final List<Section> MODES = List.of(Section.INFERENCE, Section.TRAIN_STEP);

  @Test
  void theTableHasNineCellsOfInferenceAndFiveOfTraining() {
    List<ModelCase> cases = ModelCase.all(MODELS, MODES, List.of());
    assertThat(cases).filteredOn(c -> c.section() == Section.INFERENCE).hasSize(9);
    assertThat(cases)
        .filteredOn(c -> c.section() == Section.TRAIN_STEP)
        .hasSize(5)
        .contains(new ModelCase(BASE, Section.TRAIN_STEP, 8))
        .doesNotContain(new ModelCase(BASE, Section.TRAIN_STEP, 32));
  }

  @Test
  void batchesAskedForReplaceTheUsual() {
    assertThat(ModelCase.all(List.of(BASE), MODES, List.of(3)))
        .containsExactly(
            new ModelCase(BASE, Section.INFERENCE, 3), new ModelCase(BASE, Section.TRAIN_STEP, 3));
  }

  /** timm's counts of multiply-adds for the distilled models. */
  @Test
  void operationsAreThoseThatOthersCount() {
    assertThat(new ModelCase(TINY, Section.INFERENCE, 1).flop())
        .isCloseTo(2 * 1.27e9, Percentage.withPercentage(1));
    assertThat(new ModelCase(BASE, Section.INFERENCE, 8).flop())
        .isCloseTo(8 * 2 * 17.68e9, Percentage.withPercentage(1));
    assertThat(new ModelCase(BASE, Section.TRAIN_STEP, 1).flop())
        .isCloseTo(3 * 2 * 17.68e9, Percentage.withPercentage(2));
  }

  /** timm's counts of multiply-adds: 0.41 and 15.96 billion. */
  @Test
  void operationsOfRegNetYsAreThoseThatOthersCount() {
    assertThat(new ModelCase("regnety_004", Section.INFERENCE, 1).flop())
        .isCloseTo(2 * 0.41e9, Percentage.withPercentage(2));
    assertThat(new ModelCase("regnety_160", Section.INFERENCE, 2).flop())
        .isCloseTo(2 * 2 * 15.96e9, Percentage.withPercentage(1));
    assertThat(new ModelCase("regnety_160", Section.TRAIN_STEP, 1).flop())
        .isCloseTo(3 * 2 * 15.96e9, Percentage.withPercentage(1));
  }

  @Test
  void smallImagesComeInLargerBatches() {
    ModelCase small = new ModelCase("fashion-mnist-convnet", Section.TRAIN_STEP, 64);
    assertThat(ModelCase.all(List.of(small.model()), List.of(small.section()), List.of()))
        .containsExactly(small);
    assertThat(small.shape()).containsExactly(64, 1, 28, 28);
  }

  @Test
  void aBreakdownAddsUp() {
    Effort once = new Effort(1, Duration.ZERO, Duration.ZERO, Duration.ZERO, 1 << 20);
    ModelCase step = new ModelCase("fashion-mnist", Section.TRAIN_STEP, 1);
    Bench bench = new Bench(2, once, Ceilings.NONE, new Watch());
    Breakdown breakdown = Breakdown.of(step, Contestant.CPU, bench);
    assertThat(breakdown.lines().stream().mapToDouble(Breakdown.Line::share).sum())
        .isCloseTo(1, within(1e-9));
    assertThat(breakdown.lines().stream().mapToDouble(Breakdown.Line::milliseconds).sum())
        .isCloseTo(breakdown.milliseconds(), within(1e-6));
    assertThat(breakdown.lines())
        .filteredOn(line -> line.op().equals("attention"))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.calls()).isEqualTo(4);
              assertThat(line.gflops()).isPositive();
            });
  }
}
