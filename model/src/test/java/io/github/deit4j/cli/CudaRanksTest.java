package io.github.deit4j.cli;

import static io.github.deit4j.cli.TrainingOnRanks.sets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.cli.TrainingOnRanks.Setup;
import io.github.deit4j.collective.CollectiveException;
import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Backends;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.Agreement.RanksDifferException;
import io.github.deit4j.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promise for ranks with a device each, on the stand-in: the same weights, metrics and
 * checkpoints to the last byte for any number of them, whichever way the gradients go.
 */
@ExtendWith(OnStandIn.class)
@Timeout(300)
class CudaRanksTest {
  private static final int TOO_OLD = 21203;

  @TempDir static Path folder;

  private static TrainingOnRanks runs;

  private final CudaStandIn standIn = CudaStandIn.require();

  @BeforeAll
  static void makeData() throws IOException {
    runs = TrainingOnRanks.in(folder);
    Files.writeString(folder.resolve("regnet.yaml"), TrainRegNetTest.RECIPE);
  }

  /** Ranks on devices of one model, as the command line shares them out; what the first hears. */
  private Setup onDevices(int devices, List<String> notes) {
    standIn.set("devices", devices);
    standIn.set("alike", 1);
    return Setup.of(
        setup -> {
          setup.backend =
              (rank, precision) ->
                  Backends.select(Backends.ofRank("cuda", rank), 1, precision).backend();
          setup.listener =
              rank ->
                  new TrainingListener() {
                    @Override
                    public void note(String message) {
                      if (rank == 0) {
                        notes.add(message);
                      }
                    }
                  };
        });
  }

  private List<String> train(String run, int ranks, int devices, List<String> sets)
      throws Exception {
    List<String> notes = new ArrayList<>();
    runs.train(run, ranks, sets, onDevices(devices, notes));
    return notes;
  }

  /** What one rank leaves. */
  private String expected(List<String> sets) throws Exception {
    if (!Files.exists(folder.resolve(alone(sets)))) {
      train(alone(sets), 1, 1, sets);
    }
    return runs.left(alone(sets));
  }

  private static String alone(List<String> sets) {
    return "alone " + sets.hashCode();
  }

  private static List<String> settings(String precision) {
    return sets("precision=" + precision, "grain=6", "epochs=1");
  }

  @ParameterizedTest
  @CsvSource({"2, fp32", "3, fp32", "4, fp32", "3, bf16"})
  void byNccl(int ranks, String precision) throws Exception {
    List<String> sets = settings(precision);
    String expected = expected(sets);
    String run = "nccl %d %s".formatted(ranks, precision);
    assertThat(train(run, ranks, ranks, sets))
        .contains("gradients go from device to device by NCCL 2.27.3");
    assertThat(runs.left(run)).isEqualTo(expected);
    assertThat(standIn.calls("ncclSend")).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "4, 1"})
  void byWayOfTheHost(int ranks, int devices) throws Exception {
    List<String> sets = settings("fp32");
    String expected = expected(sets);
    standIn.set("ncclVersion", devices == ranks ? TOO_OLD : 22703);
    String run = "host %d on %d".formatted(ranks, devices);
    assertThat(train(run, ranks, devices, sets))
        .contains(
            "gradients go from device to device by threads of one process, by way of the host's"
                + " memory (%s)"
                    .formatted(
                        devices == ranks
                            ? "NCCL of rank 0: 2.12.3, expected 2.16.0 or newer"
                            : "ranks 0 and %d share a device".formatted(devices)));
    assertThat(runs.left(run)).isEqualTo(expected);
    assertThat(standIn.calls("ncclSend")).isZero();
  }

  /** Running statistics of batch normalisation too, which go by the host always. */
  @Test
  void batchNormKnowsNoRanks() throws Exception {
    List<String> sets = List.of("batch=4", "accumulate=5", "epochs=1", "checkpoint-minutes=0");
    List<String> left = new ArrayList<>();
    for (int ranks : new int[] {1, 3}) {
      String run = "regnet " + ranks;
      Setup setup = onDevices(ranks, new ArrayList<>());
      setup.recipe = "regnet.yaml";
      runs.train(run, ranks, sets, setup);
      left.add(runs.left(run));
    }
    assertThat(left.getFirst()).isEqualTo(left.getLast());
  }

  @Test
  void aRunStoppedOnFourRanksGoesOnOnOne() throws Exception {
    List<String> sets = settings("fp32");
    expected(sets);
    Setup stopped = onDevices(4, new ArrayList<>());
    stopped.maxSteps = 2;
    runs.train("resumed", 4, sets, stopped);
    train("resumed", 1, 1, sets);
    TinyTraining training = runs.training();
    assertThat(training.weights("resumed")).isEqualTo(training.weights(alone(sets)));
    assertThat(training.metrics("resumed")).isEqualTo(training.metrics(alone(sets)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ncclCommInitRankConfig", "ncclSend"})
  void aFailureOfNcclEndsAllAndLeavesNothing(String function) {
    int arenas = TensorArena.open();
    Setup setup = onDevices(3, new ArrayList<>());
    standIn.failAt(function, 3, 0);
    assertThatThrownBy(() -> runs.train("fails in " + function, 3, settings("fp32"), setup))
        .hasCauseInstanceOf(CollectiveException.Failed.class)
        .hasMessageContaining(function);
    assertThat(TensorArena.open()).isEqualTo(arenas);
  }

  /** They would not keep the same weights. */
  @Test
  void ranksWithDevicesOfDifferentModelsAreRefused() {
    Setup setup = onDevices(3, new ArrayList<>());
    standIn.set("alike", 0);
    assertThatThrownBy(() -> runs.train("models", 3, sets(), setup))
        .hasCauseInstanceOf(RanksDifferException.class)
        .hasMessageContaining("rank 1: backend: Stand-in 1, compute capability 9.0");
  }
}
