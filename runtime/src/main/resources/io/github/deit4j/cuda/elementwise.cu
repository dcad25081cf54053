// Sums, multiples and copies, element by element.
#include "activation.cuh"
#include "tables.cuh"

extern "C" __global__ void KERNEL(fill)(Activation* x, float value, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    store(x[i], value);
  }
}

// The same of all tensors of a table.
extern "C" __global__ void fillAll(const long long* table, int rows, float value) {
  const Part part = partOfBlock(table, 1, rows);
  float* x = part.tensor<float>(0);
  for (long long i = part.first + threadIdx.x; i < part.end; i += blockDim.x) {
    x[i] = value;
  }
}

// y = a + b; y may be a or b.
extern "C" __global__ void KERNEL(add)(
    Activation* y, const Activation* a, const Activation* b, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    store(y[i], toFloat(a[i]) + toFloat(b[i]));
  }
}

// factors[image]·scale[channel], either null for 1; so many elements per image and row.
__device__ __forceinline__ float branchScale(
    const float* factors, const float* scale, long long perImage, int width, long long i) {
  const float factor = factors == nullptr ? 1.0f : factors[i / perImage];
  return scale == nullptr ? factor : factor * scale[i % width];
}

// y = x + factors[image]·scale[channel]·branch.
extern "C" __global__ void KERNEL(addBranch)(
    Activation* y,
    const Activation* x,
    const Activation* branch,
    const float* factors,
    const float* scale,
    long long perImage,
    int width,
    long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const float factor = branchScale(factors, scale, perImage, width, i);
    store(y[i], fmaf(factor, toFloat(branch[i]), toFloat(x[i])));
  }
}

// dBranch = factors[image]·scale[channel]·dy.
extern "C" __global__ void KERNEL(addBranchBackward)(
    Activation* dBranch,
    const Activation* dy,
    const float* factors,
    const float* scale,
    long long perImage,
    int width,
    long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    store(dBranch[i], branchScale(factors, scale, perImage, width, i) * toFloat(dy[i]));
  }
}

// Sums of factors[image]·dy·branch over a part of the rows, [parts, width]; addRows adds the parts up.
extern "C" __global__ void KERNEL(layerScaleGradient)(
    float* sums,
    const Activation* dy,
    const Activation* branch,
    const float* factors,
    long long perImage,
    int width,
    long long rows,
    int rowsPerPart) {
  const int column = blockIdx.x * blockDim.x + threadIdx.x;
  if (column >= width) {
    return;
  }
  const long long first = (long long)blockIdx.y * rowsPerPart;
  const long long end = first + rowsPerPart < rows ? first + rowsPerPart : rows;
  float sum = 0;
  for (long long row = first; row < end; row++) {
    const long long i = row * width + column;
    const float slope = branchScale(factors, nullptr, perImage, width, i) * toFloat(dy[i]);
    sum = fmaf(slope, toFloat(branch[i]), sum);
  }
  sums[(long long)blockIdx.y * width + column] = sum;
}
