package io.github.deit4j.train;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnDevice;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Golden item 13, on a real device. */
@ExtendWith(OnDevice.class)
class OptimizerOnDeviceTest {
  @TestFactory
  List<DynamicNode> runs() throws IOException {
    return OptimizerGoldenTest.runs(() -> new CudaBackend(0, Precision.FP32));
  }
}
