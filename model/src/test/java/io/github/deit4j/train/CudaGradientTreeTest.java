package io.github.deit4j.train;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients on a device go to other ranks by way of the host's memory. */
@ExtendWith(OnStandIn.class)
class CudaGradientTreeTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void addsInTheTreesOrder(int ranks) throws Exception {
    GradientTreeTest.addsInTheTreesOrder(
        new Grains(7, 1), ranks, () -> new CudaBackend(0, Precision.FP32));
  }
}
