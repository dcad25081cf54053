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

// With Nesterov: d = gradientScale·g + weightDecay·p, b = momentum·b + d,
// p −= learningRate·(d + momentum·b).
extern "C" __global__ void nesterov(
    float* p,
    float* b,
    const float* g,
    float gradientScale,
    float weightDecay,
    float momentum,
    float learningRate,
    long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const float d = fmaf(weightDecay, p[i], gradientScale * g[i]);
    b[i] = fmaf(momentum, b[i], d);
    p[i] = fmaf(-learningRate, fmaf(momentum, b[i], d), p[i]);
  }
}

// The first half of a LAMB step (You et al. 2020): moments, and the direction in g, with
// firstScale = 1/(1 − β1ᵗ) and rootScale = 1/√(1 − β2ᵗ).
extern "C" __global__ void lambDirection(
    const float* p,
    float* m,
    float* v,
    float* g,
    float gradientScale,
    float weightDecay,
    float beta1,
    float beta2,
    float firstScale,
    float rootScale,
    float epsilon,
    long long count) {
  const float rest1 = 1.0f - beta1;
  const float rest2 = 1.0f - beta2;
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const float gradient = gradientScale * g[i];
    const float first = fmaf(beta1, m[i], rest1 * gradient);
    const float second = fmaf(beta2, v[i], rest2 * gradient * gradient);
    const float direction = firstScale * first / fmaf(sqrtf(second), rootScale, epsilon);
    g[i] = fmaf(weightDecay, p[i], direction);
    m[i] = first;
    v[i] = second;
  }
}

// The second half: p −= rate·direction.
extern "C" __global__ void descend(float* p, const float* direction, float rate, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    p[i] = fmaf(-rate, direction[i], p[i]);
  }
}

// The same at a rate times ‖p‖/‖direction‖, given their squares; clip: times 1 at most.
extern "C" __global__ void descendByTrust(
    float* p,
    const float* direction,
    float rate,
    const double* squares,
    const double* squaresOfDirection,
    int clip,
    long long count) {
  double ratio = 1.0;
  if (*squares > 0 && *squaresOfDirection > 0) {
    ratio = sqrt(*squares) / sqrt(*squaresOfDirection);
    ratio = clip && ratio > 1.0 ? 1.0 : ratio;
  }
  const float trusted = (float)(rate * ratio);
  for (long long i = firstElement(); i < count; i += elementStride()) {
    p[i] = fmaf(-trusted, direction[i], p[i]);
  }
}

// average = decay·average + rest·p; rest is 1 − decay, rounded once.
extern "C" __global__ void ema(
    float* average, const float* p, float decay, float rest, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    average[i] = fmaf(decay, average[i], rest * p[i]);
  }
}
