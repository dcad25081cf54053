// Parameter updates, element by element, in float32.
#include "deit4j.cuh"

// AdamW (Loshchilov and Hutter 2019, algorithm 2), with decay = 1 − lr·weightDecay,
// stepSize = lr/(1 − β1ᵗ) and rootScale = 1/√(1 − β2ᵗ).
extern "C" __global__ void adamW(
    float* p,
    float* m,
    float* v,
    const float* g,
    float gradientScale,
    float decay,
    float beta1,
    float beta2,
    float stepSize,
    float rootScale,
    float epsilon,
    long long count) {
  const float rest1 = 1.0f - beta1;
  const float rest2 = 1.0f - beta2;
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const float gradient = gradientScale * g[i];
    const float first = fmaf(beta1, m[i], rest1 * gradient);
    const float second = fmaf(beta2, v[i], rest2 * gradient * gradient);
    p[i] = p[i] * decay - stepSize * first / fmaf(sqrtf(second), rootScale, epsilon);
    m[i] = first;
    v[i] = second;
  }
}

// Momentum as in PyTorch: b = momentum·b + gradientScale·g + weightDecay·p, p −= learningRate·b.
extern "C" __global__ void sgd(
    float* p,
    float* b,
    const float* g,
    float gradientScale,
    float weightDecay,
    float momentum,
    float learningRate,
    long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    b[i] = fmaf(momentum, b[i], fmaf(weightDecay, p[i], gradientScale * g[i]));
    p[i] = fmaf(-learningRate, b[i], p[i]);
  }
}

// average = decay·average + rest·p; rest is 1 − decay, rounded once.
extern "C" __global__ void ema(
    float* average, const float* p, float decay, float rest, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    average[i] = fmaf(decay, average[i], rest * p[i]);
  }
}
