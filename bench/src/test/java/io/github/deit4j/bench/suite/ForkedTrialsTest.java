package io.github.deit4j.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForkedTrialsTest {
  private static final Path NO_PEERS = Path.of("none");

  private final Trial data = new Trial(Trial.Kind.DATA, null, 1, 1, List.of(Fakes.CPU));

  @Test
  void aTrialIsMeasuredInAnotherJvm() throws Exception {
    TrialResult result = new ForkedTrials(true, NO_PEERS, () -> false).run(data);
    assertThat(result.cells()).hasSize(4);
  }

  @Test
  void aJvmThatFailsSaysWhy() throws IOException {
    Trial nonsense = new Trial(Trial.Kind.INFERENCE, "no_model", 1, 1, List.of(Fakes.CPU));
    assertThatThrownBy(() -> new ForkedTrials(true, NO_PEERS, () -> false).run(nonsense))
        .isInstanceOf(TrialRunner.TrialFailedException.class)
        .hasMessageContaining("no_model");
  }

  @Test
  void whoAsksToStopIsHeard() {
    assertThatThrownBy(() -> new ForkedTrials(true, NO_PEERS, () -> true).run(data))
        .isInstanceOf(InterruptedException.class);
  }
}
