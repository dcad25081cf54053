// The pixels that a 1×1 convolution with a stride sees of a map [images, height, width, channels],
// every so manyth of every so manyth row, as a map of their own, of which it is a matrix product. A
// block has a row of what it writes; its warps have pixels, their lanes channels.
#include "activation.cuh"

struct Sampling {
  int height;
  int width;
  int stride;

  __device__ int rows() const { return (height - 1) / stride + 1; }

  __device__ int columns() const { return (width - 1) / stride + 1; }
};

extern "C" __global__ void KERNEL(samplePixels)(
    Activation* y, const float* x, int height, int width, int channels, int stride) {
  const Sampling sampling = {height, width, stride};
  const long long image = blockIdx.x / sampling.rows();
  const int row = stride * (blockIdx.x % sampling.rows());
  const float* from = x + (image * height + row) * width * channels;
  Activation* to = y + (long long)blockIdx.x * sampling.columns() * channels;
  for (int column = warp(); column < sampling.columns(); column += blockDim.x / WARP) {
    for (int c = lane(); c < channels; c += WARP) {
      store(to[(long long)column * channels + c], from[(long long)stride * column * channels + c]);
    }
  }
}

// The gradient of samplePixels: dy where a pixel was seen, 0 elsewhere.
extern "C" __global__ void samplePixelsBackward(
    float* dx, const float* dy, int height, int width, int channels, int stride) {
  const Sampling sampling = {height, width, stride};
  const long long image = blockIdx.x / height;
  const int row = blockIdx.x % height;
  const float* from =
      dy + (image * sampling.rows() + row / stride) * sampling.columns() * channels;
  float* to = dx + (long long)blockIdx.x * width * channels;
  for (int column = warp(); column < width; column += blockDim.x / WARP) {
    const bool seen = row % stride == 0 && column % stride == 0;
    const float* pixel = from + (long long)(column / stride) * channels;
    for (int c = lane(); c < channels; c += WARP) {
      to[(long long)column * channels + c] = seen ? pixel[c] : 0.0f;
    }
  }
}
