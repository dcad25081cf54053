package io.github.deit4j.bench.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.cuda.standin.StandInWork;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is counted without computing is what a computed step does. */
@ExtendWith(OnStandIn.class)
class CudaStepAccountTest {
  private static final String MODEL = "fashion-mnist";
  private static final int BATCH = 3;

  @ParameterizedTest
  @EnumSource
  void aComputedStepDoesTheSame(Precision precision) {
    StepAccount counted = StepAccount.of(MODEL, BATCH, precision);
    StepAccount computed = StepAccount.of(MODEL, BATCH, precision, true);
    assertThat(counted).isEqualTo(computed);
    assertThat(counted.launches()).isPositive();
  }

  /** The copies of images and numbers to their places, and one graph. */
  @ParameterizedTest
  @EnumSource
  void aStepIsOneGraphAndNoWait(Precision precision) {
    StepAccount account = StepAccount.of(MODEL, BATCH, precision);
    assertThat(account.graphLaunches()).isEqualTo(1);
    assertThat(account.launches()).isLessThanOrEqualTo(12);
    assertThat(account.nodes()).isGreaterThan(100);
    assertThat(account.waits()).isZero();
  }

  @Test
  void operationsOfProductsAndAttentionAreTheModels() {
    StepAccount account = StepAccount.of(MODEL, BATCH, Precision.FP32);
    double counted =
        account.work().stream()
            .filter(
                each -> each.name().startsWith("product") || each.name().startsWith("attention"))
            .mapToDouble(each -> each.times() * each.operations())
            .sum();
    // Attention computes its scores twice backward, and their gradients once more than the model's
    // count has it.
    double flop = BATCH * BenchmarkModels.config(MODEL).flop().trainStep();
    assertThat(counted / flop).isBetween(1.0, 1.25);
  }

  @Test
  void theFusedDeitHasTheModelsOperationsAndMovesLess() {
    String model = "deit_small_distilled_patch16_224";
    var least = FusedDeit.step(BenchmarkModels.transformer(model), 256, Precision.BF16, 22_436_432);
    double operations =
        least.stream()
            .filter(each -> each.unit() == StandInWork.Unit.BFLOAT16)
            .mapToDouble(each -> each.times() * each.operations())
            .sum();
    double flop = 256 * BenchmarkModels.config(model).flop().trainStep();
    assertThat(operations / flop).isCloseTo(1, within(0.03));
    StepAccount account = StepAccount.of(MODEL, BATCH, Precision.BF16);
    assertThat(account.bytes()).isGreaterThan(account.leastBytes());
    assertThat(account.bound(Gpu.H100)).isLessThan(account.leastBound(Gpu.H100));
    assertThat(account.leastBound(Gpu.A100)).isLessThan(account.leastBound(Gpu.B200));
  }
}
