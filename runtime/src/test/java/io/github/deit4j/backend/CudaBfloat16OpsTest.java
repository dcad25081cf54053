package io.github.deit4j.backend;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every backend does, on the stand-in with products in BF16. */
@ExtendWith(OnStandIn.class)
class CudaBfloat16OpsTest extends BackendOpsTest {
  @Override
  Backend open() {
    return new CudaBackend(0, Precision.BF16);
  }
}
