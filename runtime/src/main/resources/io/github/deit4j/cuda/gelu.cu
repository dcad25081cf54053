// The exact GELU, x·Φ(x) (Hendrycks and Gimpel 2016).
#include "deit4j.cuh"

// Φ(x) = ½·erfc(−x/√2): the form that stays exact where Φ is small.
__device__ __forceinline__ float normalCdf(float x) { return 0.5f * erfcf(-0.707106781f * x); }

extern "C" __global__ void gelu(float* y, const float* x, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = x[i] * normalCdf(x[i]);
  }
}

// dx = dy·(Φ(x) + x·φ(x)); dx may be dy.
extern "C" __global__ void geluBackward(
    float* dx, const float* dy, const float* x, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const float density = 0.3989422804f * expf(-0.5f * x[i] * x[i]);
    dx[i] = dy[i] * fmaf(x[i], density, normalCdf(x[i]));
  }
}
