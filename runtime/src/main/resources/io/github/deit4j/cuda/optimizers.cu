// Parameter updates, element by element, in float32.
#include "deit4j.cuh"
#include "tables.cuh"

// AdamW (Loshchilov and Hutter 2019, algorithm 2), on a table of p, m, v, g and an average of p that
// follows it, or none, each row with these numbers.
struct AdamWNumbers {
  float gradientScale;
  float decay;  // 1 − lr·weightDecay
  float beta1;
  float beta2;
  float stepSize;   // lr/(1 − β1ᵗ)
  float rootScale;  // 1/√(1 − β2ᵗ)
  float epsilon;
  float averageDecay;
  float averageRest;  // 1 − averageDecay, rounded once
};

extern "C" __global__ void adamW(const long long* table, int rows, const float* numbers) {
  const Part part = partOfBlock(table, 5, rows);
  float* p = part.tensor<float>(0);
  float* m = part.tensor<float>(1);
  float* v = part.tensor<float>(2);
  const float* g = part.tensor<float>(3);
  float* average = part.tensor<float>(4);
  const AdamWNumbers step = reinterpret_cast<const AdamWNumbers*>(numbers)[part.row];
  const float rest1 = 1.0f - step.beta1;
  const float rest2 = 1.0f - step.beta2;
  for (long long i = part.first + threadIdx.x; i < part.end; i += blockDim.x) {
    const float gradient = step.gradientScale * g[i];
    const float first = fmaf(step.beta1, m[i], rest1 * gradient);
    const float second = fmaf(step.beta2, v[i], rest2 * gradient * gradient);
    const float root = fmaf(sqrtf(second), step.rootScale, step.epsilon);
    const float updated = p[i] * step.decay - step.stepSize * first / root;
    p[i] = updated;
    m[i] = first;
    v[i] = second;
    if (average != nullptr) {
      average[i] = fmaf(step.averageDecay, average[i], step.averageRest * updated);
    }
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

// average = decay·average + rest·p, on a table of both; rest is 1 − decay, rounded once.
extern "C" __global__ void ema(const long long* table, int rows, float decay, float rest) {
  const Part part = partOfBlock(table, 2, rows);
  float* average = part.tensor<float>(0);
  const float* p = part.tensor<float>(1);
  for (long long i = part.first + threadIdx.x; i < part.end; i += blockDim.x) {
    average[i] = fmaf(decay, average[i], rest * p[i]);
  }
}
