package io.github.deit4j.train;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Golden item 13, by the CUDA backend on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaOptimizerGoldenTest {
  @TestFactory
  List<DynamicNode> runs() throws IOException {
    return OptimizerGoldenTest.runs(() -> new CudaBackend(0, Precision.FP32));
  }
}
