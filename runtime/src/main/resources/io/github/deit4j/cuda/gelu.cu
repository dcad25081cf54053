// The exact GELU, x·Φ(x) (Hendrycks and Gimpel 2016).
#include "activation.cuh"

// Φ(x) = ½·erfc(−x/√2): the form that stays exact where Φ is small.
__device__ __forceinline__ float normalCdf(float x) { return 0.5f * erfcf(-0.707106781f * x); }

extern "C" __global__ void KERNEL(gelu)(
    Activation* y, const Activation* x, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const float value = toFloat(x[i]);
    store(y[i], value * normalCdf(value));
  }
}

// dx = dy·(Φ(x) + x·φ(x)); dx may be dy.
extern "C" __global__ void KERNEL(geluBackward)(
    Activation* dx, const Activation* dy, const Activation* x, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const float value = toFloat(x[i]);
    const float density = 0.3989422804f * expf(-0.5f * value * value);
    store(dx[i], toFloat(dy[i]) * fmaf(value, density, normalCdf(value)));
  }
}
