// What makes training harder: erasing, mixing, dropout.
#include "activation.cuh"
#include "philox.cuh"

// Overwrites boxes of images [images, channels, height, width], one after the other: a block has an
// image, and its boxes are those from firsts[image] up to firsts[image + 1]. A box is top, left,
// height, width, and what fills it: zeros (0), one normal number for each channel (1), or for each
// element (2), in the order channel, row, column, of the stream of its name.
extern "C" __global__ void erase(
    float* images,
    const int* firsts,
    const int* boxes,
    const long long* streams,
    int channels,
    int height,
    int width) {
  float* image = images + (long long)blockIdx.x * channels * height * width;
  for (int number = firsts[blockIdx.x]; number < firsts[blockIdx.x + 1]; number++) {
    const int* box = boxes + 5 * number;
    const Stream stream = streamOf(streams + 4 * number);
    const int count = channels * box[2] * box[3];
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
      const int column = box[1] + i % box[3];
      const int row = box[0] + i / box[3] % box[2];
      const int channel = i / box[3] / box[2];
      const unsigned block = box[4] == 1 ? (unsigned)channel : (unsigned)i;
      image[((long long)channel * height + row) * width + column] =
          box[4] == 0 ? 0.0f : randomBlock(stream, block).normal();
    }
    __syncthreads();  // the next box may overlap this one
  }
}

// Every pixel becomes own·image + other·partner, where (own, other) are the image's two weights and
// image i's partner is image images−1−i; in the image's box (top, left, height, width) it becomes
// the partner's.
extern "C" __global__ void mix(
    float* x,
    const float* partners,
    const float* weights,
    const int* boxes,
    int channels,
    int height,
    int width,
    long long count) {
  const long long perImage = (long long)channels * height * width;
  const long long images = count / perImage;
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const long long image = i / perImage;
    const float partner = partners[(images - 1 - image) * perImage + i % perImage];
    const float own = weights[2 * image];
    const float other = weights[2 * image + 1];
    const int* box = boxes + 4 * image;
    const int column = (int)(i % width) - box[1];
    const int row = (int)(i / width % height) - box[0];
    if (row >= 0 && row < box[2] && column >= 0 && column < box[3]) {
      x[i] = partner;
    } else if (own != 1.0f || other != 0.0f) {
      x[i] = fmaf(own, x[i], other * partner);
    }
  }
}

// y = x·factor where the element's number of its image's stream is rate or more, else 0. A thread
// has the four elements of one block of random numbers; the stream of the first image is named. y
// may be x.
extern "C" __global__ void KERNEL(dropout)(
    Activation* y,
    const Activation* x,
    float rate,
    float factor,
    const long long* first,
    long long perImage,
    long long count) {
  const long long blocks = (perImage + 3) / 4;
  const Stream ofFirst = streamOf(first);
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const int image = (int)(i / blocks);
    const long long begin = i % blocks * 4;
    Stream stream = ofFirst;
    stream.position += image;
    const Block random = randomBlock(stream, (unsigned)(begin / 4));
    for (int j = 0; j < 4 && begin + j < perImage; j++) {
      const long long at = image * perImage + begin + j;
      store(y[at], random.uniform(j) < rate ? 0.0f : toFloat(x[at]) * factor);
    }
  }
}
