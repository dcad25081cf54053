package io.github.deit4j.op;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every backend does, on the stand-in with products in BF16. */
@ExtendWith(OnStandIn.class)
class CudaBfloat16OpsTest extends BackendOpsTest {
  @Override
  Backend open() {
    return new CudaBackend(0, Precision.BF16);
  }
}
