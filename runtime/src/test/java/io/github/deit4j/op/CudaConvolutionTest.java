package io.github.deit4j.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Convolutional networks' ops by the CUDA backend, on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaConvolutionTest extends ConvolutionComparison {
  @Override
  Backend open(Precision precision) {
    return new CudaBackend(0, precision);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void thoseThatSeeOnePixelAreProductsOfTheLibrary(int stride) {
    CudaStandIn standIn = CudaStandIn.require();
    try (Backend backend = open(Precision.BF16);
        TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      Tensor x = arena.allocate(1, 6, 4, 8);
      Tensor w = arena.allocate(16, 8, 1, 1);
      Tensor y = arena.allocate(1, 6 / stride, 4 / stride, 16);
      for (Tensor each : new Tensor[] {x, w}) {
        backend.fill(each, 1);
      }
      ConvolutionOps ops = backend.convolution();
      ops.convolution(y, x, w, stride, 1);
      ops.convolutionInputGradient(x, y, w, stride, 1);
      ops.convolutionWeightGradient(w, y, x, stride, 1);
      backend.synchronize();
    }
    assertThat(standIn.calls("cublasLtMatmul")).isEqualTo(3);
    assertThat(standIn.launches("convolutionBfloat16")).isZero();
  }
}
