// What logits say about classes. One block has one image.
#include "deit4j.cuh"

// The largest number but NaN; LOWEST or more.
__device__ __forceinline__ float largest(const float* x, int classes) {
  float max = LOWEST;
  for (int c = threadIdx.x; c < classes; c += blockDim.x) {
    max = fmaxf(max, x[c]);
  }
  return blockMax(max);
}

// One-hot at the first of the largest numbers; the first NaN, if there is one, stays.
extern "C" __global__ void hardLabels(float* y, const float* x, int classes) {
  const long long start = (long long)blockIdx.x * classes;
  const float max = largest(x + start, classes);
  int firstNan = classes;
  int firstLargest = classes;
  for (int c = classes - 1 - threadIdx.x; c >= 0; c -= blockDim.x) {
    const float logit = x[start + c];
    firstNan = logit != logit ? c : firstNan;
    firstLargest = logit == max ? c : firstLargest;
  }
  firstNan = blockMin(firstNan);
  firstLargest = blockMin(firstLargest);
  const bool hasNan = firstNan < classes;
  // Where every number is −∞, the first.
  const int best = hasNan ? firstNan : firstLargest < classes ? firstLargest : 0;
  for (int c = threadIdx.x; c < classes; c += blockDim.x) {
    const float label = hasNan ? x[start + best] : 1.0f;
    y[start + c] = c == best ? label : 0.0f;
  }
}

__device__ __forceinline__ double logSumOfExponentials(const float* x, int classes) {
  const double max = largest(x, classes);
  double sum = 0;
  for (int c = threadIdx.x; c < classes; c += blockDim.x) {
    sum += exp(x[c] - max);
  }
  return max + log(blockSum(sum));
}

// Log probabilities by one head, or by the mean of two heads' probabilities.
struct LogProbabilities {
  const float* x;
  const float* other;
  double logSum;
  double otherLogSum;

  __device__ double at(int c) const {
    const double a = x[c] - logSum;
    if (other == nullptr) {
      return a;
    }
    const double b = other[c] - otherLogSum;
    const double larger = fmax(a, b);
    return larger + log((exp(a - larger) + exp(b - larger)) / 2);
  }
};

// Classes that are more probable than the label, or as probable and earlier; −log p of the label.
extern "C" __global__ void score(
    int* ranks,
    double* losses,
    const float* x,
    const float* other,
    const int* labels,
    int classes) {
  const long long start = (long long)blockIdx.x * classes;
  const int label = labels[blockIdx.x];
  LogProbabilities p = {x + start, nullptr, logSumOfExponentials(x + start, classes), 0};
  if (other != nullptr) {
    p.other = other + start;
    p.otherLogSum = logSumOfExponentials(other + start, classes);
  }
  const double own = p.at(label);
  int rank = 0;
  for (int c = threadIdx.x; c < classes; c += blockDim.x) {
    // Not "greater": a NaN must not make a wrong answer right.
    rank += c < label ? !(p.at(c) < own) : c > label && !(p.at(c) <= own);
  }
  rank = blockSum(rank);
  if (threadIdx.x == 0) {
    ranks[blockIdx.x] = rank;
    losses[blockIdx.x] = -own;
  }
}
