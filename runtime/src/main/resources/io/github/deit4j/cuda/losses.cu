// Losses and the gradients of the logits. One block has one image; losses are added in double.
#include "deit4j.cuh"

__device__ __forceinline__ float largest(const float* x, int classes, float factor) {
  float max = LOWEST;
  for (int c = threadIdx.x; c < classes; c += blockDim.x) {
    max = fmaxf(max, factor * x[c]);
  }
  return blockMax(max);
}

__device__ __forceinline__ float sumOfExponentials(
    const float* x, int classes, float factor, float max) {
  float sum = 0;
  for (int c = threadIdx.x; c < classes; c += blockDim.x) {
    sum += exponential(factor, x[c], max);
  }
  return blockSum(sum);
}

// loss = Σ t·(log Σexp(x) − x), dx = factor·(softmax(x)·Σt − t).
extern "C" __global__ void crossEntropy(
    double* losses, float* dx, const float* x, const float* targets, int classes, float factor) {
  const long long start = (long long)blockIdx.x * classes;
  const float max = largest(x + start, classes, 1.0f);
  const float sum = sumOfExponentials(x + start, classes, 1.0f, max);
  const double logSum = max + log((double)sum);
  double loss = 0;
  double weight = 0;
  for (int c = threadIdx.x; c < classes; c += blockDim.x) {
    const float t = targets[start + c];
    weight += t;
    loss += t * (logSum - x[start + c]);
  }
  loss = blockSum(loss);
  weight = blockSum(weight);
  const float share = (float)weight / sum;
  for (int c = threadIdx.x; c < classes; c += blockDim.x) {
    const float e = exponential(1.0f, x[start + c], max);
    dx[start + c] = factor * fmaf(e, share, -targets[start + c]);
  }
  if (threadIdx.x == 0) {
    losses[blockIdx.x] = loss;
  }
}

// With e = e^−|x|: loss = 1/classes·Σ (max(x, 0) − x·t + log(1 + e)), dx = factor·(σ(x) − t).
extern "C" __global__ void binaryCrossEntropy(
    double* losses, float* dx, const float* x, const float* targets, int classes, float factor) {
  const long long start = (long long)blockIdx.x * classes;
  double loss = 0;
  for (int c = threadIdx.x; c < classes; c += blockDim.x) {
    const float z = x[start + c];
    const float t = targets[start + c];
    const float e = exponential(-1.0f, fabsf(z), 0.0f);
    // Not fmaxf, which loses a NaN.
    loss += (z < 0 ? 0 : z) - (double)z * t + log1p((double)e);
    dx[start + c] = factor * ((z < 0 ? e : 1.0f) / (1.0f + e) - t);
  }
  loss = blockSum(loss);
  if (threadIdx.x == 0) {
    losses[blockIdx.x] = loss / classes;
  }
}

// With q = softmax(teacher/T) and p = softmax(student/T): loss = Σ q·(log q − log p), dStudent =
// factor·(p − q); the derivative's 1/T belongs into the factor.
extern "C" __global__ void divergence(
    double* losses,
    float* dStudent,
    const float* student,
    const float* teacher,
    int classes,
    float inverseTemperature,
    float factor) {
  const long long start = (long long)blockIdx.x * classes;
  const float inverse = inverseTemperature;
  const float studentMax = largest(student + start, classes, inverse);
  const float teacherMax = largest(teacher + start, classes, inverse);
  const float studentSum = sumOfExponentials(student + start, classes, inverse, studentMax);
  const float teacherSum = sumOfExponentials(teacher + start, classes, inverse, teacherMax);
  const double studentLog = studentMax + log((double)studentSum);
  const double teacherLog = teacherMax + log((double)teacherSum);
  double loss = 0;
  for (int c = threadIdx.x; c < classes; c += blockDim.x) {
    const float s = inverse * student[start + c];
    const float t = inverse * teacher[start + c];
    const float q = exponential(inverse, teacher[start + c], teacherMax) / teacherSum;
    const float p = exponential(inverse, student[start + c], studentMax) / studentSum;
    // Where q is 0, 0·log 0 counts as 0; a NaN is kept.
    loss += q > 0 ? q * ((t - teacherLog) - (s - studentLog)) : (double)q;
    dStudent[start + c] = factor * (p - q);
  }
  loss = blockSum(loss);
  if (threadIdx.x == 0) {
    losses[blockIdx.x] = loss;
  }
}
