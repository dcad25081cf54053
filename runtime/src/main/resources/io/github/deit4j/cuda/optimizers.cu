// Parameter updates, element by element, in float32.
#include "deit4j.cuh"
#include "tables.cuh"

// What changes from step to step lies in memory, not in the arguments of a launch: so a step is the
// same launches every time. `scale` is the norm of all gradients and what they are multiplied by
// first, as clipFactor leaves it; none for 1.
__device__ __forceinline__ float gradientScale(const double* scale) {
  return scale == nullptr ? 1.0f : (float)scale[1];
}

// The norm of gradients whose squares add up to that, and the factor by which they are clipped, as
// io.github.deit4j.op.Clipping has it; a NaN stays one. Rule 0 is PyTorch's, 1 LAMB's; limit 0: none.
extern "C" __global__ void clipFactor(double* scale, const double* squares, double limit, int rule) {
  const double norm = sqrt(*squares);
  double factor = 1.0;
  if (limit != 0.0 && rule == 0) {
    const double shorter = limit / (norm + 1e-6);
    factor = shorter > 1.0 ? 1.0 : shorter;
  } else if (limit != 0.0) {
    const double longer = norm / limit;
    factor = 1.0 / (longer < 1.0 ? 1.0 : longer);
  }
  scale[0] = norm;
  scale[1] = factor;
}

// AdamW (Loshchilov and Hutter 2019, algorithm 2), on a table of p, m, v, g and an average of p that
// follows it, or none, each row with these numbers.
struct AdamWNumbers {
  float decay;  // 1 − lr·weightDecay
  float beta1;
  float beta2;
  float stepSize;   // lr/(1 − β1ᵗ)
  float rootScale;  // 1/√(1 − β2ᵗ)
  float epsilon;
  float averageDecay;
  float averageRest;  // 1 − averageDecay, rounded once
};

extern "C" __global__ void adamW(
    const long long* table, int rows, const float* numbers, const double* scale) {
  const Part part = partOfBlock(table, 5, rows);
  float* p = part.tensor<float>(0);
  float* m = part.tensor<float>(1);
  float* v = part.tensor<float>(2);
  const float* g = part.tensor<float>(3);
  float* average = part.tensor<float>(4);
  const AdamWNumbers step = reinterpret_cast<const AdamWNumbers*>(numbers)[part.row];
  const float factor = gradientScale(scale);
  const float rest1 = 1.0f - step.beta1;
  const float rest2 = 1.0f - step.beta2;
  for (long long i = part.first + threadIdx.x; i < part.end; i += blockDim.x) {
    const float gradient = factor * g[i];
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

struct SgdNumbers {
  float weightDecay;
  float momentum;
  float learningRate;
};

// Momentum as in PyTorch: b = momentum·b + scale·g + weightDecay·p, p −= learningRate·b.
extern "C" __global__ void sgd(
    float* p,
    float* b,
    const float* g,
    const float* numbers,
    const double* scale,
    long long count) {
  const SgdNumbers step = *reinterpret_cast<const SgdNumbers*>(numbers);
  const float factor = gradientScale(scale);
  for (long long i = firstElement(); i < count; i += elementStride()) {
    b[i] = fmaf(step.momentum, b[i], fmaf(step.weightDecay, p[i], factor * g[i]));
    p[i] = fmaf(-step.learningRate, b[i], p[i]);
  }
}

// With Nesterov: d = scale·g + weightDecay·p, b = momentum·b + d,
// p −= learningRate·(d + momentum·b).
extern "C" __global__ void nesterov(
    float* p,
    float* b,
    const float* g,
    const float* numbers,
    const double* scale,
    long long count) {
  const SgdNumbers step = *reinterpret_cast<const SgdNumbers*>(numbers);
  const float factor = gradientScale(scale);
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const float d = fmaf(step.weightDecay, p[i], factor * g[i]);
    b[i] = fmaf(step.momentum, b[i], d);
    p[i] = fmaf(-step.learningRate, fmaf(step.momentum, b[i], d), p[i]);
  }
}

struct LambNumbers {
  float weightDecay;
  float beta1;
  float beta2;
  float firstScale;  // 1/(1 − β1ᵗ)
  float rootScale;   // 1/√(1 − β2ᵗ)
  float epsilon;
};

// The first half of a LAMB step (You et al. 2020): moments, and the direction in g.
extern "C" __global__ void lambDirection(
    const float* p,
    float* m,
    float* v,
    float* g,
    const float* numbers,
    const double* scale,
    long long count) {
  const LambNumbers step = *reinterpret_cast<const LambNumbers*>(numbers);
  const float factor = gradientScale(scale);
  const float rest1 = 1.0f - step.beta1;
  const float rest2 = 1.0f - step.beta2;
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const float gradient = factor * g[i];
    const float first = fmaf(step.beta1, m[i], rest1 * gradient);
    const float second = fmaf(step.beta2, v[i], rest2 * gradient * gradient);
    const float direction = step.firstScale * first / fmaf(sqrtf(second), step.rootScale, step.epsilon);
    g[i] = fmaf(step.weightDecay, p[i], direction);
    m[i] = first;
    v[i] = second;
  }
}

// The second half: p −= rate·direction.
extern "C" __global__ void descend(
    float* p, const float* direction, const float* rate, long long count) {
  const float step = *rate;
  for (long long i = firstElement(); i < count; i += elementStride()) {
    p[i] = fmaf(-step, direction[i], p[i]);
  }
}

// The same at a rate times ‖p‖/‖direction‖, given their squares; clip: times 1 at most.
extern "C" __global__ void descendByTrust(
    float* p,
    const float* direction,
    const float* rate,
    const double* squares,
    const double* squaresOfDirection,
    int clip,
    long long count) {
  double ratio = 1.0;
  if (*squares > 0 && *squaresOfDirection > 0) {
    ratio = sqrt(*squares) / sqrt(*squaresOfDirection);
    ratio = clip && ratio > 1.0 ? 1.0 : ratio;
  }
  const float trusted = (float)(*rate * ratio);
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
