// What a matrix product leaves to be done where the library has no algorithm that adds the bias.
#include "deit4j.cuh"

// y[row] += bias, on rows of so many columns.
extern "C" __global__ void addBias(float* y, const float* bias, int columns, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] += bias[i % columns];
  }
}
