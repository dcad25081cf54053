// The ops that see a batch as images: pixels, patches, tokens. One thread has one element.
#include "activation.cuh"

// y = (x/255 − mean)/std on one channel of [images, channels, plane].
extern "C" __global__ void normalize(
    float* y,
    const unsigned char* x,
    float mean,
    float std,
    int channel,
    int channels,
    long long plane,
    long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const long long at = (i / plane * channels + channel) * plane + i % plane;
    y[at] = (x[at] / 255.0f - mean) / std;
  }
}

// Where an element of the patches, [images·patches, channels·patch²], lies in the images.
__device__ __forceinline__ long long pixelOf(
    long long element, int channels, int height, int width, int patch) {
  const int column = element % patch;
  element /= patch;
  const int row = element % patch;
  element /= patch;
  const int channel = element % channels;
  element /= channels;
  const int left = element % (width / patch);
  element /= width / patch;
  const int top = element % (height / patch);
  const long long image = element / (height / patch);
  return ((image * channels + channel) * height + top * patch + row) * width + left * patch +
         column;
}

// How many numbers of a patch's row, which lie side by side in the image too, a thread takes at once:
// finding the place takes longer than copying.
__device__ __forceinline__ int runOf(int patch) { return patch % 4 == 0 ? 4 : 1; }

extern "C" __global__ void KERNEL(patches)(
    Activation* patches,
    const float* images,
    int channels,
    int height,
    int width,
    int patch,
    long long count) {
  const int run = runOf(patch);
  for (long long i = run * firstElement(); i < count; i += run * elementStride()) {
    const float* from = images + pixelOf(i, channels, height, width, patch);
    for (int j = 0; j < run; j++) {
      store(patches[i + j], from[j]);
    }
  }
}

extern "C" __global__ void KERNEL(patchesBackward)(
    float* images,
    const Activation* patches,
    int channels,
    int height,
    int width,
    int patch,
    long long count) {
  const int run = runOf(patch);
  for (long long i = run * firstElement(); i < count; i += run * elementStride()) {
    float* to = images + pixelOf(i, channels, height, width, patch);
    for (int j = 0; j < run; j++) {
      to[j] = toFloat(patches[i + j]);
    }
  }
}

// The patch tokens' part of y [images, tokens, width] from patches [images, tokens − prefix, width].
// The first unplaced tokens have no position.
extern "C" __global__ void KERNEL(embed)(
    Activation* y,
    const Activation* patches,
    const float* positions,
    int prefix,
    int unplaced,
    int tokens,
    int width,
    long long count) {
  const long long perImage = (long long)(tokens - prefix) * width;
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const long long at = (long long)prefix * width + i % perImage;
    const float position = positions[at - (long long)unplaced * width];
    store(y[i / perImage * tokens * width + at], toFloat(patches[i]) + position);
  }
}

// One prefix token of every image.
extern "C" __global__ void KERNEL(embedPrefix)(
    Activation* y,
    const float* prefix,
    const float* positions,
    int token,
    int unplaced,
    int tokens,
    int width,
    long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const long long at = (long long)token * width + i % width;
    const float value = prefix[i % width];
    const float placed =
        token < unplaced ? value : value + positions[at - (long long)unplaced * width];
    store(y[i / width * tokens * width + at], placed);
  }
}

// The patch tokens' gradient; the others' are sums over images, for addRows.
extern "C" __global__ void KERNEL(embedBackward)(
    Activation* dPatches, const Activation* dy, int prefix, int tokens, int width, long long count) {
  const long long perImage = (long long)(tokens - prefix) * width;
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const long long at = (long long)prefix * width + i % perImage;
    dPatches[i] = dy[i / perImage * tokens * width + at];
  }
}

// y [images, width] from one token of x [images, tokens, width].
extern "C" __global__ void KERNEL(selectToken)(
    float* y, const Activation* x, int token, int tokens, int width, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    y[i] = toFloat(x[(i / width * tokens + token) * width + i % width]);
  }
}

extern "C" __global__ void KERNEL(selectTokenBackward)(
    Activation* dx, const float* dy, int token, int tokens, int width, long long count) {
  for (long long i = firstElement(); i < count; i += elementStride()) {
    store(dx[(i / width * tokens + token) * width + i % width], dy[i]);
  }
}
