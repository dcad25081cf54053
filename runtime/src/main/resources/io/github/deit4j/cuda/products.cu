// What a matrix product leaves to be done where the library has no algorithm that adds the bias.
#include "activation.cuh"

// y[row] += bias, on rows of so many columns.
extern "C" __global__ void KERNEL(addBias)(
    Activation* y, const Activation* bias, int columns, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    store(y[i], toFloat(y[i]) + toFloat(bias[i % columns]));
  }
}
