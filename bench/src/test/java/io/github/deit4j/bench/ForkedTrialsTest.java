package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

  private static String absence(Trial trial, double seconds) throws Exception {
    Findings.Part part = new ForkedTrials(true, NO_PEERS, () -> false).run(trial, seconds);
    assertThat(part.isEmpty()).isTrue();
    assertThat(part.absences()).hasSize(1);
    assertThat(part.absences().getFirst().what()).isEqualTo(trial.toString());
    return part.absences().getFirst().why();
  }

  @Test
  void aJvmThatFailsSaysWhy() throws Exception {
    Trial nonsense = new Trial(Trial.Kind.INFERENCE, "no_model", 1, 1, List.of(Fakes.CPU));
    assertThat(absence(nonsense, 60)).contains("exit code 1", "no_model");
  }

  @Test
  void aTrialThatTakesTooLongIsEnded() throws Exception {
    assertThat(absence(data, 0.1)).contains("time was spent");
  }

  @Test
  void whoAsksToStopIsHeard() {
    assertThatThrownBy(() -> new ForkedTrials(true, NO_PEERS, () -> true).run(data, 60))
        .isInstanceOf(InterruptedException.class);
  }
}
