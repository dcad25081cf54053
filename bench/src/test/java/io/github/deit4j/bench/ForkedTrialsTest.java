package io.github.deit4j.bench;

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
    Findings.Part result = new ForkedTrials(true, NO_PEERS, () -> false).run(data, 60);
    assertThat(result.measurements()).hasSize(4);
  }

  @Test
  void aJvmThatFailsSaysWhy() throws IOException {
    Trial nonsense = new Trial(Trial.Kind.INFERENCE, "no_model", 1, 1, List.of(Fakes.CPU));
    assertThatThrownBy(() -> new ForkedTrials(true, NO_PEERS, () -> false).run(nonsense, 60))
        .isInstanceOf(Suite.TrialFailedException.class)
        .hasMessageContaining("no_model");
  }

  @Test
  void aTrialThatTakesTooLongIsEnded() {
    assertThatThrownBy(() -> new ForkedTrials(true, NO_PEERS, () -> false).run(data, 0.1))
        .isInstanceOf(Suite.TrialFailedException.class)
        .hasMessageContaining("time was spent");
  }

  @Test
  void whoAsksToStopIsHeard() {
    assertThatThrownBy(() -> new ForkedTrials(true, NO_PEERS, () -> true).run(data, 60))
        .isInstanceOf(InterruptedException.class);
  }
}
