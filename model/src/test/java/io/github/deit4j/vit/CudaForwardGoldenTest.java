package io.github.deit4j.vit;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Golden item 1, and a forward pass of item 4, by the CUDA backend on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaForwardGoldenTest {
  @TestFactory
  List<DynamicNode> activations() throws IOException {
    return ForwardGoldenTest.activations(() -> new CudaBackend(0, Precision.FP32));
  }

  @TestFactory
  DynamicNode fullSize() throws IOException {
    return FullSizeGoldenTest.forward(() -> new CudaBackend(0, Precision.FP32));
  }
}
