// Batch normalisation (Ioffe and Szegedy 2015) of maps [pixels, channels]. Sums are float32 over a
// part of the pixels and double over the parts; what is computed once per channel is double.
#include "deit4j.cuh"

// What happens to the numbers of a channel: t = (x − mean)·scale + bias + residual, and a ReLU.
struct Layer {
  const float* mean;
  const float* scale;
  const float* bias;
  int channels;
  int relu;

  __device__ float affine(const float* x, const float* residual, long long i) const {
    const int c = (int)(i % channels);
    const float t = fmaf(x[i] - mean[c], scale[c], bias[c]);
    return residual == nullptr ? t : t + residual[i];
  }

  __device__ float gradient(
      const float* dy, const float* x, const float* residual, long long i) const {
    return !relu || affine(x, residual, i) > 0 ? dy[i] : 0.0f;
  }
};

__device__ __forceinline__ double reciprocalDeviation(float variance, double epsilon) {
  return 1 / sqrt(variance + epsilon);
}

// The sum of all parts' numbers of a column. All threads of a block take part.
__device__ __forceinline__ double sumOfParts(
    const float* parts, int column, int columns, int count) {
  double sum = 0;
  for (int part = threadIdx.x; part < count; part += blockDim.x) {
    sum += parts[(long long)part * columns + column];
  }
  return blockSum(sum);
}

// mean[column] = Σ parts/count. One block has one column.
extern "C" __global__ void meanOfParts(
    float* mean, const float* parts, int columns, int partCount, long long count) {
  const double sum = sumOfParts(parts, blockIdx.x, columns, partCount);
  if (threadIdx.x == 0) {
    mean[blockIdx.x] = (float)(sum / count);
  }
}

// Σ(x − mean)² over a part of the pixels, [parts, channels].
extern "C" __global__ void batchNormSquares(
    float* sums,
    const float* x,
    const float* mean,
    int channels,
    long long pixels,
    int pixelsPerPart) {
  const int c = blockIdx.x * blockDim.x + threadIdx.x;
  if (c >= channels) {
    return;
  }
  const long long first = (long long)blockIdx.y * pixelsPerPart;
  const long long end = first + pixelsPerPart < pixels ? first + pixelsPerPart : pixels;
  float sum = 0;
  for (long long pixel = first; pixel < end; pixel++) {
    const float difference = x[pixel * channels + c] - mean[c];
    sum = fmaf(difference, difference, sum);
  }
  sums[(long long)blockIdx.y * channels + c] = sum;
}

// running = (1 − momentum)·running + momentum·batch, for mean and variance; unbiased is
// pixels/(pixels − 1).
extern "C" __global__ void updateStatistics(
    float* runningMean,
    float* runningVariance,
    const float* mean,
    const float* variance,
    double unbiased,
    double momentum,
    long long channels) {
  for (long long c = firstElement(); c < channels; c += elementStride()) {
    const double spread = unbiased * variance[c];
    runningMean[c] = (float)((1 - momentum) * runningMean[c] + momentum * mean[c]);
    runningVariance[c] = (float)((1 - momentum) * runningVariance[c] + momentum * spread);
  }
}

// scale = weight/√(variance + epsilon).
extern "C" __global__ void batchNormScale(
    float* scale, const float* weight, const float* variance, double epsilon, long long channels) {
  for (long long c = firstElement(); c < channels; c += elementStride()) {
    scale[c] = (float)(weight[c] * reciprocalDeviation(variance[c], epsilon));
  }
}

extern "C" __global__ void batchNorm(
    float* y,
    const float* x,
    const float* residual,
    const float* mean,
    const float* scale,
    const float* bias,
    int channels,
    int relu,
    long long count) {
  const Layer layer = {mean, scale, bias, channels, relu};
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const float t = layer.affine(x, residual, i);
    y[i] = relu && t < 0 ? 0.0f : t;
  }
}

// Σg and Σg·(x − mean) over a part of the pixels, [parts, channels] each.
extern "C" __global__ void batchNormGradientSums(
    float* sums,
    float* products,
    const float* dy,
    const float* x,
    const float* residual,
    const float* mean,
    const float* scale,
    const float* bias,
    int channels,
    int relu,
    long long pixels,
    int pixelsPerPart) {
  const int c = blockIdx.x * blockDim.x + threadIdx.x;
  if (c >= channels) {
    return;
  }
  const Layer layer = {mean, scale, bias, channels, relu};
  const long long first = (long long)blockIdx.y * pixelsPerPart;
  const long long end = first + pixelsPerPart < pixels ? first + pixelsPerPart : pixels;
  float sum = 0;
  float product = 0;
  for (long long pixel = first; pixel < end; pixel++) {
    const long long i = pixel * channels + c;
    const float g = layer.gradient(dy, x, residual, i);
    sum += g;
    product = fmaf(g, x[i] - mean[c], product);
  }
  sums[(long long)blockIdx.y * channels + c] = sum;
  products[(long long)blockIdx.y * channels + c] = product;
}

// Adds to the gradients of weight and bias, and prepares dx = scale·g + slope·(x − mean) + offset.
// One block has one channel.
extern "C" __global__ void batchNormParameterGradients(
    float* dWeight,
    float* dBias,
    float* slope,
    float* offset,
    const float* sums,
    const float* products,
    const float* weight,
    const float* variance,
    double epsilon,
    int channels,
    int parts,
    long long pixels) {
  const int c = blockIdx.x;
  const double sum = sumOfParts(sums, c, channels, parts);
  const double product = sumOfParts(products, c, channels, parts);
  if (threadIdx.x == 0) {
    const double r = reciprocalDeviation(variance[c], epsilon);
    const double scale = weight[c] * r;
    slope[c] = (float)(-scale * r * r * product / pixels);
    offset[c] = (float)(-scale * sum / pixels);
    dWeight[c] = (float)(dWeight[c] + r * product);
    dBias[c] = (float)(dBias[c] + sum);
  }
}

extern "C" __global__ void batchNormBackward(
    float* dx,
    float* dResidual,
    const float* dy,
    const float* x,
    const float* residual,
    const float* slope,
    const float* offset,
    const float* mean,
    const float* scale,
    const float* bias,
    int channels,
    int relu,
    long long count) {
  const Layer layer = {mean, scale, bias, channels, relu};
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const int c = (int)(i % channels);
    const float g = layer.gradient(dy, x, residual, i);
    const float rest = fmaf(slope[c], x[i] - mean[c], offset[c]);
    if (dResidual != nullptr) {
      dResidual[i] = g;
    }
    dx[i] = fmaf(scale[c], g, rest);
  }
}
