package io.github.deit4j.distill;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Golden item 2, by the CUDA backend on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaBackwardGoldenTest {
  @TestFactory
  List<DynamicNode> cases() throws IOException {
    return BackwardGoldenTest.cases(() -> new CudaBackend(0, Precision.FP32));
  }
}
