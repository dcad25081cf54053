package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.testing.MpiLauncher;
import io.github.deit4j.testing.MpiLauncher.Ended;
import io.github.deit4j.testing.MpiLauncher.Running;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts with a network between, and without. */
class MpiHostsTest {
  @TempDir Path folder;

  @Test
  void twoHostsTrainUntilTheCableIsPulled() throws Exception {
    TinyTraining training = TinyTraining.in(folder);
    try (MpiHosts hosts = MpiHosts.up(folder)) {
      List<String> finite = MpiTrainingTest.deit(training.command("hosts"));
      try (Running running =
          MpiLauncher.OPEN_MPI.start(folder, 2, Map.of(), hosts.options(), finite)) {
        Ended ended = running.end();
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("2 processes work together, 1 of them on this machine");
      }
      assertThat(training.weights("hosts")).isEqualTo(training.train("alone"));

      List<String> endless =
          MpiTrainingTest.deit(
              training.command("pulled", "--set", "epochs=100000", "--set", "checkpoint-every=1"));
      try (Running running =
          MpiLauncher.OPEN_MPI.start(
              folder, 2, Map.of("DEIT4J_MPI_TIMEOUT", "10"), hosts.options(), endless)) {
        running.await(() -> MpiTrainingTest.newestStep(training, "pulled") >= 2);
        ProcessHandle first = running.rank(0);
        ProcessHandle second = running.rank(1);
        hosts.pull(2);
        running.await(() -> !first.isAlive() && !second.isAlive());
        assertThat(running.err()).contains("waited 10 s for rank 1");
      }
      String steps = Long.toString(MpiTrainingTest.newestStep(training, "pulled") + 2);
      String[] more = {
        "--set", "epochs=100000", "--set", "checkpoint-every=1", "--max-steps", steps
      };
      assertThat(training.train("pulled", TinyTraining.options(more, "--resume")))
          .isEqualTo(training.train("not pulled", more));
    }
  }
}
