// The ops of convolutional networks on single channels: layout, pooling, scaling, activations.
#include "channels.cuh"

// Where an element of [images, pixels, channels] lies in [images, channels, pixels].
__device__ __forceinline__ long long channelsFirstAt(long long i, int channels, long long pixels) {
  const long long pixel = i / channels % pixels;
  return (i / channels / pixels * channels + i % channels) * pixels + pixel;
}

extern "C" __global__ void channelsLast(
    float* y, const float* x, int channels, int pixels, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = x[channelsFirstAt(i, channels, pixels)];
  }
}

extern "C" __global__ void channelsFirst(
    float* y, const float* x, int channels, int pixels, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[channelsFirstAt(i, channels, pixels)] = x[i];
  }
}

// --- Sums over the pixels of an image: a block has one image (y) ---------------------------------

__device__ __forceinline__ Share shareOfImage(int channels, int pixels) {
  const long long start = (long long)blockIdx.y * pixels;
  return Share(channels, start, start + pixels);
}

// y = the mean over an image's pixels.
extern "C" __global__ void averagePool(float* y, const float* x, int channels, int pixels) {
  float sum = 0;
  float in[AT_ONCE];
  shareOfImage(channels, pixels)
      .each(
          [&](int k, long long i) { in[k] = x[i]; },
          [&](int k, long long) { sum += in[k]; });
  sum = sumOfWarps(sum);
  if (channel() < channels && warp() == 0) {
    y[(long long)blockIdx.y * channels + channel()] = sum * (1.0f / pixels);
  }
}

// dx = dy·s, ds = Σ dy·x over an image's pixels.
extern "C" __global__ void scaleChannelsBackward(
    float* dx,
    float* ds,
    const float* dy,
    const float* x,
    const float* s,
    int channels,
    int pixels) {
  const long long image = (long long)blockIdx.y * channels;
  const float factor = ofChannel(s + image, channels);
  float sum = 0;
  float gradient[AT_ONCE];
  float in[AT_ONCE];
  shareOfImage(channels, pixels)
      .each(
          [&](int k, long long i) {
            gradient[k] = dy[i];
            in[k] = x[i];
          },
          [&](int k, long long i) {
            sum = fmaf(gradient[k], in[k], sum);
            dx[i] = gradient[k] * factor;
          });
  sum = sumOfWarps(sum);
  if (channel() < channels && warp() == 0) {
    ds[image + channel()] = sum;
  }
}

// --- One number for all pixels of an image: a block has some (z) of an image (y) -----------------

constexpr int PIXELS_PER_BLOCK = 4 * WARPS * AT_ONCE;

__device__ __forceinline__ Share shareOfPixels(int channels, int pixels) {
  const long long image = (long long)blockIdx.y * pixels;
  const int start = blockIdx.z * PIXELS_PER_BLOCK;
  const int end = pixels - start < PIXELS_PER_BLOCK ? pixels : start + PIXELS_PER_BLOCK;
  return Share(channels, image + start, image + end);
}

// dx = base + dy/pixels; dx may be base.
extern "C" __global__ void averagePoolBackward(
    float* dx, const float* base, const float* dy, int channels, int pixels) {
  const float g = ofChannel(dy + (long long)blockIdx.y * channels, channels);
  float in[AT_ONCE];
  shareOfPixels(channels, pixels)
      .each(
          [&](int k, long long i) { in[k] = base[i]; },
          [&](int k, long long i) { dx[i] = fmaf(g, 1.0f / pixels, in[k]); });
}

extern "C" __global__ void scaleChannels(
    float* y, const float* x, const float* s, int channels, int pixels) {
  const float factor = ofChannel(s + (long long)blockIdx.y * channels, channels);
  float in[AT_ONCE];
  shareOfPixels(channels, pixels)
      .each(
          [&](int k, long long i) { in[k] = x[i]; },
          [&](int k, long long i) { y[i] = in[k] * factor; });
}

// --- Element by element --------------------------------------------------------------------------

// NaN stays NaN.
extern "C" __global__ void relu(float* y, const float* x, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = x[i] < 0 ? 0.0f : x[i];
  }
}

extern "C" __global__ void reluBackward(
    float* dx, const float* dy, const float* y, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    dx[i] = y[i] > 0 ? dy[i] : 0.0f;
  }
}

extern "C" __global__ void sigmoid(float* y, const float* x, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = 1.0f / (1.0f + expf(-x[i]));
  }
}

extern "C" __global__ void sigmoidBackward(
    float* dx, const float* dy, const float* y, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    dx[i] = dy[i] * (y[i] * (1.0f - y[i]));
  }
}
