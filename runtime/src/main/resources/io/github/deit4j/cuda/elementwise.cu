// Sums, multiples and copies, element by element.
#include "deit4j.cuh"

extern "C" __global__ void fill(float* x, float value, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    x[i] = value;
  }
}

// y = a + b; y may be a or b.
extern "C" __global__ void add(float* y, const float* a, const float* b, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = a[i] + b[i];
  }
}

// y = x + factors[image]·branch, with so many elements per image.
extern "C" __global__ void addBranch(
    float* y,
    const float* x,
    const float* branch,
    const float* factors,
    long long perImage,
    long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = fmaf(factors[i / perImage], branch[i], x[i]);
  }
}

// dBranch = factors[image]·dy.
extern "C" __global__ void addBranchBackward(
    float* dBranch, const float* dy, const float* factors, long long perImage, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    dBranch[i] = factors[i / perImage] * dy[i];
  }
}
