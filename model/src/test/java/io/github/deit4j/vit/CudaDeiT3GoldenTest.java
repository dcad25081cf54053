package io.github.deit4j.vit;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Golden item 12's small models, by the CUDA backend on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaDeiT3GoldenTest {
  @TestFactory
  List<DynamicNode> activations() throws IOException {
    return DeiT3GoldenTest.activations(() -> new CudaBackend(0, Precision.FP32));
  }

  @TestFactory
  List<DynamicNode> losses() throws IOException {
    return DeiT3GoldenTest.losses(() -> new CudaBackend(0, Precision.FP32));
  }
}
