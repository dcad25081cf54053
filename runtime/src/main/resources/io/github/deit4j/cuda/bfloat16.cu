// Operands of tensor cores.
#include "tables.cuh"

// Rounds to BF16, to the nearest, ties to even.
extern "C" __global__ void toBfloat16(unsigned short* y, const float* x, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = bfloat16(x[i]);
  }
}

// And back, which is exact.
extern "C" __global__ void toFloat32(float* y, const unsigned short* x, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = floatOf((unsigned)x[i] << 16);
  }
}

// Rounds all tensors of a table of float32 tensors and where they go.
extern "C" __global__ void toBfloat16All(const long long* table, int rows) {
  const Part part = partOfBlock(table, 2, rows);
  const float* x = part.tensor<float>(0);
  unsigned short* y = part.tensor<unsigned short>(1);
  for (long long i = part.first + threadIdx.x; i < part.end; i += blockDim.x) {
    y[i] = bfloat16(x[i]);
  }
}
