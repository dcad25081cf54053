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

// --- Sums over the pixels of an image ------------------------------------------------------------
//
// A block has one image (y). Each of its warps takes every WARPS-th pixel.

// y = the mean over an image's pixels.
extern "C" __global__ void averagePool(float* y, const float* x, int channels, int pixels) {
  const int c = channel();
  float sum = 0;
  if (c < channels) {
    const float* image = x + (long long)blockIdx.y * pixels * channels;
    for (int pixel = warp(); pixel < pixels; pixel += WARPS) {
      sum += image[(long long)pixel * channels + c];
    }
  }
  sum = sumOfWarps(sum);
  if (c < channels && warp() == 0) {
    y[(long long)blockIdx.y * channels + c] = sum * (1.0f / pixels);
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
  const int c = channel();
  float sum = 0;
  if (c < channels) {
    const float factor = s[(long long)blockIdx.y * channels + c];
    const long long image = (long long)blockIdx.y * pixels * channels;
    for (int pixel = warp(); pixel < pixels; pixel += WARPS) {
      const long long i = image + (long long)pixel * channels + c;
      sum = fmaf(dy[i], x[i], sum);
      dx[i] = dy[i] * factor;
    }
  }
  sum = sumOfWarps(sum);
  if (c < channels && warp() == 0) {
    ds[(long long)blockIdx.y * channels + c] = sum;
  }
}

// --- Element by element --------------------------------------------------------------------------

// Where the number of element i's image and channel lies.
__device__ __forceinline__ long long perImageAt(long long i, int channels, int pixels) {
  return i / channels / pixels * channels + i % channels;
}

// dx = base + dy/pixels; dx may be base.
extern "C" __global__ void averagePoolBackward(
    float* dx, const float* base, const float* dy, int channels, int pixels, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    dx[i] = fmaf(dy[perImageAt(i, channels, pixels)], 1.0f / pixels, base[i]);
  }
}

extern "C" __global__ void scaleChannels(
    float* y, const float* x, const float* s, int channels, int pixels, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = x[i] * s[perImageAt(i, channels, pixels)];
  }
}

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
