package io.github.deit4j.regnet;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnDevice;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Golden item 10, on a real device. */
@ExtendWith(OnDevice.class)
class RegNetOnDeviceTest {
  private static final Map<String, Supplier<Backend>> CUDA =
      Map.of("cuda", () -> new CudaBackend(0, Precision.FP32));

  @TestFactory
  List<DynamicNode> evaluation() throws IOException {
    return RegNetGoldenTest.evaluation(CUDA);
  }

  @TestFactory
  List<DynamicNode> training() throws IOException {
    return RegNetGoldenTest.training(CUDA);
  }
}
