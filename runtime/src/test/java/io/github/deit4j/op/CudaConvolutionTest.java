package io.github.deit4j.op;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.extension.ExtendWith;

/** Convolutional networks' ops by the CUDA backend, on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaConvolutionTest extends ConvolutionComparison {
  @Override
  Backend open(Precision precision) {
    return new CudaBackend(0, precision);
  }
}
