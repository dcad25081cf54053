package io.github.deit4j.backend;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every backend does, by the CUDA backend on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaBackendOpsTest extends BackendOpsTest {
  @Override
  Backend open() {
    return new CudaBackend(0, Precision.FP32);
  }
}
