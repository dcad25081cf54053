package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Precision;
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
