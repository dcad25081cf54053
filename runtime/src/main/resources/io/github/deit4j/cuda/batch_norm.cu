// Batch normalisation (Ioffe and Szegedy 2015) of maps [pixels, channels]. A block has a part of the
// pixels (y). Sums are float32 over a part and double over the parts; what is computed once per
// channel is double.
#include "channels.cuh"

// A thread's numbers in its block's part.
__device__ __forceinline__ Share shareOfPart(int channels, long long pixels, int pixelsPerPart) {
  const long long start = (long long)blockIdx.y * pixelsPerPart;
  const long long end = start + pixelsPerPart;
  return Share(channels, start, end < pixels ? end : pixels);
}

// What happens to the numbers of a thread's channel: t = (x − mean)·scale + bias + residual, which is
// 0 where there is none, and a ReLU.
struct Layer {
  float mean;
  float scale;
  float bias;
  bool relu;

  __device__ Layer(
      const float* means, const float* scales, const float* biases, int channels, int relu)
      : mean(ofChannel(means, channels)),
        scale(ofChannel(scales, channels)),
        bias(ofChannel(biases, channels)),
        relu(relu) {}

  __device__ float affine(float x, float residual) const {
    return fmaf(x - mean, scale, bias) + residual;
  }

  __device__ float gradient(float dy, float x, float residual) const {
    return !relu || affine(x, residual) > 0 ? dy : 0.0f;
  }
};

// A number of a map that there need not be.
__device__ __forceinline__ float ofMap(const float* map, long long i) {
  return map == nullptr ? 0.0f : map[i];
}

__device__ __forceinline__ double reciprocalDeviation(float variance, double epsilon) {
  return 1 / sqrt(variance + epsilon);
}

// --- Mean and variance ---------------------------------------------------------------------------

// How many numbers, their mean, and the sum of the squares of their distances to it.
struct Moments {
  float count;
  float mean;
  float squares;

  // Takes in those of other numbers (Chan, Golub and LeVeque 1983).
  __device__ void add(const Moments& other) {
    if (other.count > 0) {
      const float all = count + other.count;
      const float share = other.count / all;
      const float distance = other.mean - mean;
      mean = fmaf(distance, share, mean);
      squares += other.squares + distance * (distance * (count * share));
      count = all;
    }
  }
};

// Mean and squares of a part's pixels, [parts, channels] each, in one pass: of the numbers that a
// thread has at once the mean, then the squares about it.
extern "C" __global__ void __launch_bounds__(CHANNEL_THREADS) batchNormMoments(
    float* means, float* squares, const float* x, int channels, long long pixels, int pixelsPerPart) {
  __shared__ Moments ofWarps[WARPS][WARP];
  const Share share = shareOfPart(channels, pixels, pixelsPerPart);
  Moments moments = {0, 0, 0};
  for (long long i = share.first; i < share.end; i += AT_ONCE * share.step) {
    float numbers[AT_ONCE];
    float count = 0;
    float sum = 0;
#pragma unroll
    for (int k = 0; k < AT_ONCE; k++) {
      const bool exists = i + k * share.step < share.end;
      numbers[k] = exists ? x[i + k * share.step] : 0.0f;
      count += exists;
    }
#pragma unroll
    for (int k = 0; k < AT_ONCE; k++) {
      sum += numbers[k];
    }
    const float mean = sum / count;
    float square = 0;
#pragma unroll
    for (int k = 0; k < AT_ONCE; k++) {
      const float distance = k < count ? numbers[k] - mean : 0.0f;
      square = fmaf(distance, distance, square);
    }
    moments.add({count, mean, square});
  }
  ofWarps[warp()][lane()] = moments;
  __syncthreads();
  if (warp() == 0 && channel() < channels) {
    for (int i = 1; i < WARPS; i++) {
      moments.add(ofWarps[i][lane()]);
    }
    const long long to = (long long)blockIdx.y * channels + channel();
    means[to] = moments.mean;
    squares[to] = moments.squares;
  }
}

// Those of all pixels from those of the parts: the mean, then the squares about it. One block has one
// channel.
extern "C" __global__ void batchStatistics(
    float* mean,
    float* variance,
    const float* means,
    const float* squares,
    int channels,
    int parts,
    long long pixels,
    int pixelsPerPart) {
  const int c = blockIdx.x;
  const auto count = [&](int part) {
    const long long left = pixels - (long long)part * pixelsPerPart;
    return (double)(left < pixelsPerPart ? left : pixelsPerPart);
  };
  double sum = 0;
  for (int part = threadIdx.x; part < parts; part += blockDim.x) {
    sum += count(part) * means[(long long)part * channels + c];
  }
  const double m = blockSum(sum) / pixels;
  double square = 0;
  for (int part = threadIdx.x; part < parts; part += blockDim.x) {
    const long long i = (long long)part * channels + c;
    const double distance = means[i] - m;
    square += squares[i] + count(part) * distance * distance;
  }
  square = blockSum(square);
  if (threadIdx.x == 0) {
    mean[c] = (float)m;
    variance[c] = (float)(square / pixels);
  }
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

extern "C" __global__ void __launch_bounds__(CHANNEL_THREADS) batchNorm(
    float* y,
    const float* x,
    const float* residual,
    const float* mean,
    const float* scale,
    const float* bias,
    int channels,
    int relu,
    long long pixels,
    int pixelsPerPart) {
  const Share share = shareOfPart(channels, pixels, pixelsPerPart);
  const Layer layer(mean, scale, bias, channels, relu);
  float in[AT_ONCE];
  float branch[AT_ONCE];
  share.each(
      [&](int k, long long i) {
        in[k] = x[i];
        branch[k] = ofMap(residual, i);
      },
      [&](int k, long long i) {
        const float t = layer.affine(in[k], branch[k]);
        y[i] = relu && t < 0 ? 0.0f : t;
      });
}

// --- Gradients -----------------------------------------------------------------------------------

// Hands over where each number of a thread lies, its g and its distance to the mean.
template <typename Take>
__device__ __forceinline__ void eachGradient(
    const Share& share,
    const Layer& layer,
    const float* dy,
    const float* x,
    const float* residual,
    Take take) {
  const float* switching = layer.relu ? residual : nullptr;
  float gradient[AT_ONCE];
  float in[AT_ONCE];
  float branch[AT_ONCE];
  share.each(
      [&](int k, long long i) {
        gradient[k] = dy[i];
        in[k] = x[i];
        branch[k] = ofMap(switching, i);
      },
      [&](int k, long long i) {
        take(i, layer.gradient(gradient[k], in[k], branch[k]), in[k] - layer.mean);
      });
}

// Σg and Σg·(x − mean) over a part of the pixels, [parts, channels] each.
extern "C" __global__ void __launch_bounds__(CHANNEL_THREADS) batchNormGradientSums(
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
  const Share share = shareOfPart(channels, pixels, pixelsPerPart);
  const Layer layer(mean, scale, bias, channels, relu);
  float sum = 0;
  float product = 0;
  eachGradient(share, layer, dy, x, residual, [&](long long, float g, float distance) {
    sum += g;
    product = fmaf(g, distance, product);
  });
  sum = sumOfWarps(sum);
  product = sumOfWarps(product);
  if (warp() == 0 && channel() < channels) {
    sums[(long long)blockIdx.y * channels + channel()] = sum;
    products[(long long)blockIdx.y * channels + channel()] = product;
  }
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

extern "C" __global__ void __launch_bounds__(CHANNEL_THREADS) batchNormBackward(
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
    long long pixels,
    int pixelsPerPart) {
  const Share share = shareOfPart(channels, pixels, pixelsPerPart);
  const Layer layer(mean, scale, bias, channels, relu);
  const float a = ofChannel(slope, channels);
  const float b = ofChannel(offset, channels);
  eachGradient(share, layer, dy, x, residual, [&](long long i, float g, float distance) {
    if (dResidual != nullptr) {
      dResidual[i] = g;
    }
    dx[i] = fmaf(layer.scale, g, fmaf(a, distance, b));
  });
}
