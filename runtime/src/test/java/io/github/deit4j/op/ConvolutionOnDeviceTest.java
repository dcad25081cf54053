package io.github.deit4j.op;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnDevice;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.extension.ExtendWith;

/** Convolutional networks' ops by the CUDA backend, on a real device. */
@ExtendWith(OnDevice.class)
class ConvolutionOnDeviceTest extends ConvolutionComparison {
  @Override
  Backend open(Precision precision) {
    return new CudaBackend(0, precision);
  }
}
