package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.TensorArena;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of devices: the tree's sum, to the last bit, whichever way they go. */
@ExtendWith(OnStandIn.class)
class CudaGradientTreeTest {
  private final CudaStandIn standIn = CudaStandIn.require();

  private void addsInTheTreesOrder(int ranks, int devices) throws Exception {
    standIn.set("devices", devices);
    GradientTreeTest.addsInTheTreesOrder(
        new Grains(7, 1), ranks, rank -> new CudaBackend(rank % devices, Precision.FP32));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7})
  void addsByNccl(int ranks) throws Exception {
    addsInTheTreesOrder(ranks, ranks);
    assertThat(standIn.calls("ncclSend") > 0).isEqualTo(ranks > 1);
  }

  /** Every allocation fails once, by NCCL and by the host, which then takes no more. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void memoryThatRunsOutEndsAllAndLeavesNothing(int devices) throws Exception {
    int arenas = TensorArena.open();
    boolean failed = true;
    for (int call = 1; failed; call++) {
      standIn.reset();
      standIn.failAt("cuMemAlloc_v2", call, 2);
      failed = false;
      try {
        addsInTheTreesOrder(2, devices);
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(DeviceException.OutOfMemory.class);
        failed = true;
      }
      standIn.requireClean();
      assertThat(TensorArena.open()).as("arenas after call %d", call).isEqualTo(arenas);
      assertThat(call).isLessThan(100);
    }
    assertThat(standIn.calls("cuMemAlloc_v2")).isGreaterThan(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void addsByWayOfTheHost(int ranks) throws Exception {
    standIn.set("ncclVersion", 21203);
    addsInTheTreesOrder(ranks, ranks);
    assertThat(standIn.calls("ncclSend")).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void addsWhereRanksShareADevice(int devices) throws Exception {
    addsInTheTreesOrder(3, devices);
    assertThat(standIn.calls("ncclSend")).isZero();
  }
}
