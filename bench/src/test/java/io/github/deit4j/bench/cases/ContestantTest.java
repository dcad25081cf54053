package io.github.deit4j.bench.cases;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.device.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContestantTest {
  /** On the processor, which is a backend like a device. */
  @Test
  void ceilingsAreArithmeticMemoryAndTransfers() {
    List<Ceiling> found = Contestant.CPU.ceilings(Effort.of(1, 0, 0, 0, 1), 64);
    assertThat(found)
        .allSatisfy(each -> assertThat(each.value()).isPositive())
        .allSatisfy(each -> assertThat(each.precision()).isEqualTo(Precision.FP32))
        .extracting(Ceiling::kind)
        .containsExactly(Ceiling.Kind.values());
  }

  @Test
  void whatIsOnTheHostIsNoDevice() {
    assertThat(Contestant.CPU).hasToString("cpu");
    assertThat(Contestant.CPU.isPeer()).isFalse();
    assertThat(Contestant.onHost("openblas").hasOwnProductsOnly()).isTrue();
    Contestant bf16 = Peer.Library.PYTORCH.contestant(Precision.BF16);
    assertThat(bf16.isPeer()).isTrue();
    assertThat(bf16.precision()).isEqualTo(Precision.BF16);
    assertThat(Peer.Library.ONNXRUNTIME.contestant(Precision.BF16).precision())
        .isEqualTo(Precision.FP32);
    assertThat(new Contestant("cuda:0", Precision.BF16, true)).hasToString("cuda:0 bf16");
  }
}
