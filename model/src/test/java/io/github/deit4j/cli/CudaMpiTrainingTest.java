package io.github.deit4j.cli;

import static io.github.deit4j.cli.TinyTraining.options;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.testing.MpiLauncher;
import io.github.deit4j.testing.MpiLauncher.Ended;
import io.github.deit4j.testing.MpiLauncher.Running;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code mpirun … deit train --backend cuda}, each process with a stand-in of its own: the weights
 * of one process, and an end for all where one hangs.
 */
@ExtendWith(OnStandIn.class)
class CudaMpiTrainingTest {
  private static final String[] SHORT = {"--set", "epochs=1"};

  @TempDir static Path folder;

  private static TinyTraining training;

  private final CudaStandIn standIn = CudaStandIn.require();

  @BeforeAll
  static void prepare() throws IOException {
    training = TinyTraining.in(folder);
  }

  private static List<String> command(String run, String... options) {
    List<String> command = training.command(run, options);
    command.set(command.indexOf("--backend") + 1, "cuda");
    return command;
  }

  private List<String> deit(String run, String... options) {
    return ChildJvm.command(
        List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", standIn.kernels()),
        command(run, options));
  }

  /** Two devices of one model for every process. */
  private Map<String, String> environment(String... more) {
    Map<String, String> environment = new HashMap<>(standIn.environment());
    environment.put("STANDIN_devices", "2");
    environment.put("STANDIN_alike", "1");
    environment.put("TMPDIR", folder.toString());
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return environment;
  }

  private static TinyTraining.Weights alone() throws IOException {
    Cli result = Cli.run(command("alone", options(SHORT, "--resume")).toArray());
    assertThat(result.code()).as(result.err()).isZero();
    return training.weights("alone");
  }

  private static Ended end(Running running) throws Exception {
    try (running) {
      return running.end();
    }
  }

  @ParameterizedTest
  @EnumSource
  void byNccl(MpiLauncher launcher) throws Exception {
    String run = "NCCL " + launcher;
    Ended ended = end(launcher.start(folder, 2, environment(), deit(run, SHORT)));

    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(ended.err())
        .containsOnlyOnce("gradients go from device to device by NCCL 2.27.3")
        .containsOnlyOnce("epoch 1: loss");
    assertThat(training.weights(run)).isEqualTo(alone());
  }

  @Test
  void moreProcessesThanDevicesShareThem() throws Exception {
    Ended ended = end(MpiLauncher.OPEN_MPI.start(folder, 3, environment(), deit("shared", SHORT)));

    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(ended.err())
        .containsOnlyOnce("by way of the host's memory (ranks 0 and 2 share a device)");
    assertThat(training.weights("shared")).isEqualTo(alone());
  }

  @Test
  void oneProcessWithoutNcclSendsAllByTheHost() throws Exception {
    List<String> without = new ArrayList<>(List.of("env", "DEIT4J_NCCL=none"));
    without.addAll(deit("without", SHORT));
    Ended ended =
        end(
            MpiLauncher.OPEN_MPI.startEach(
                folder, environment(), List.of(deit("without", SHORT), without)));

    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(ended.err()).containsOnlyOnce("by way of the host's memory (NCCL of rank 1: none)");
    assertThat(training.weights("without")).isEqualTo(alone());
  }

  @Test
  void aHungProcessIsNamed() throws Exception {
    try (Running running =
        MpiLauncher.OPEN_MPI.start(
            folder,
            2,
            environment("DEIT4J_MPI_TIMEOUT", "5"),
            deit("hung", TinyTraining.ENDLESS))) {
      running.await(() -> MpiTrainingTest.newestStep(training, "hung") >= 2);
      String pid = Long.toString(running.rank(1).pid());
      assertThat(new ProcessBuilder("kill", "-STOP", pid).start().waitFor()).isZero();
      Ended ended = running.end();

      assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(ended.err()).containsOnlyOnce("waited 5 s for rank 1");
    }
  }
}
