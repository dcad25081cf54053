package io.github.deit4j.collective.mpi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LaunchTest {
  @Test
  void readsWhatOpenMpiSays() {
    Map<String, String> environment =
        Map.of(
            "OMPI_COMM_WORLD_RANK", "5",
            "OMPI_COMM_WORLD_SIZE", "8",
            "OMPI_COMM_WORLD_LOCAL_RANK", "1",
            "OMPI_COMM_WORLD_LOCAL_SIZE", "4",
            "SLURM_PROCID", "0",
            "SLURM_STEP_NUM_TASKS", "2");

    assertThat(Launch.detect(environment)).contains(new Launch(Launcher.OPEN_MPI, 5, 8, 1, 4));
  }

  @Test
  void readsWhatMpichSays() {
    Map<String, String> environment =
        Map.of("PMI_RANK", "2", "PMI_SIZE", "3", "MPI_LOCALRANKID", "0", "MPI_LOCALNRANKS", "1");

    assertThat(Launch.detect(environment)).contains(new Launch(Launcher.HYDRA, 2, 3, 0, 1));
  }

  @ParameterizedTest
  @CsvSource({"'4(x2),3', 0, 4", "'4(x2),3', 1, 4", "'4(x2),3', 2, 3", "16, 0, 16", "'2,1', 1, 1"})
  void readsWhatSlurmSays(String tasks, String node, int localSize) {
    Map<String, String> environment =
        Map.of(
            "SLURM_PROCID", "1",
            "SLURM_STEP_NUM_TASKS", "11",
            "SLURM_LOCALID", "1",
            "SLURM_NODEID", node,
            "SLURM_STEP_TASKS_PER_NODE", tasks);

    assertThat(Launch.detect(environment))
        .contains(new Launch(Launcher.SLURM, 1, 11, 1, localSize));
  }

  @Test
  void aLonelyProcessIsNoLaunch() {
    assertThat(Launch.detect(Map.of())).isEmpty();
    assertThat(Launch.detect(Map.of("PMI_RANK", "0", "PMI_SIZE", "1"))).isEmpty();
    assertThat(Launch.detect(Map.of("PMI_RANK", "0", "PMI_SIZE", "many"))).isEmpty();
    assertThat(Launch.detect(Map.of("OMPI_COMM_WORLD_SIZE", "2"))).isEmpty();
  }

  @Test
  void aBatchScriptOfSlurmIsNoStep() {
    assertThat(Launch.detect(Map.of("SLURM_PROCID", "0", "SLURM_NTASKS", "4"))).isEmpty();
  }
}
