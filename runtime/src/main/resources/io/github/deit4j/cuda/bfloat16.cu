// Operands of tensor cores.
#include "deit4j.cuh"

// Rounds to BF16, to the nearest, ties to even.
extern "C" __global__ void toBfloat16(unsigned short* y, const float* x, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = bfloat16(x[i]);
  }
}
