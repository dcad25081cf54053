package io.github.deit4j.collective.mpi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorShareTest {
  private static ProcessorShare share(int localSize, int own, int machine) {
    return ProcessorShare.of(new Launch(Launcher.OPEN_MPI, 1, 8, 1, localSize), own, machine);
  }

  @ParameterizedTest
  @CsvSource({
    "2, 16, 16, 8",
    "4, 2, 2, 1",
    "3, 16, 16, 5",
    "1, 8, 8, 8",
    "2, 1, 2, 1",
    "4, 4, 16, 4"
  })
  void processorsAreDividedAmongTheRanksOfAMachine(
      int localSize, int own, int machine, int threads) {
    ProcessorShare share = share(localSize, own, machine);

    assertThat(share.threads()).isEqualTo(threads);
    assertThat(share.warning()).isEmpty();
  }

  @Test
  void ranksBoundToOneProcessorAreToldOf() {
    ProcessorShare share = share(2, 1, 16);

    assertThat(share.threads()).isEqualTo(1);
    assertThat(share.warning())
        .hasValueSatisfying(
            text -> assertThat(text).contains("1 of 16", "--bind-to none", "8 each"));
  }

  @Test
  void readsHowManyProcessorsAProcessMayUse(@TempDir Path folder) throws IOException {
    Path status =
        Files.writeString(folder.resolve("status"), "Name:\tx\nCpus_allowed_list:\t0-3,8\n");

    assertThat(ProcessorShare.allowed(status)).isEqualTo(5);
    assertThat(ProcessorShare.allowed(folder.resolve("none"))).isZero();
  }
}
