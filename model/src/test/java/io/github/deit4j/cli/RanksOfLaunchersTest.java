package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands make of an environment in which a launcher has left its marks. */
class RanksOfLaunchersTest {
  private static Map<String, String> rank(int rank) {
    return Map.of("PMI_RANK", Integer.toString(rank), "PMI_SIZE", "3", "MPI_LOCALRANKID", "0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"predict", "doctor", "quickstart", "bench", "study", "teach", "export"})
  void commandsForOneProcessRefuseMany(String command) {
    Cli first = Cli.runIn(rank(0), command);
    Cli second = Cli.runIn(rank(1), command);

    assertThat(first.code()).isEqualTo(ExitCode.USAGE);
    assertThat(first.err())
        .contains(command + ": expected one process, found 3, started by mpiexec of MPICH");
    assertThat(second).isEqualTo(new Cli(ExitCode.USAGE, "", ""));
  }

  @Test
  void aWrongCommandLineIsToldOnce() {
    assertThat(Cli.runIn(rank(0), "train").err()).contains("--recipe");
    assertThat(Cli.runIn(rank(2), "train")).isEqualTo(new Cli(ExitCode.USAGE, "", ""));
  }

  @Test
  void helpIsShownOnce() {
    assertThat(Cli.runIn(rank(0), "train", "--help").out()).contains("Usage");
    assertThat(Cli.runIn(rank(1), "train", "--help").out()).isEmpty();
  }
}
