// What makes training harder: erasing, mixing, dropout.
#include "activation.cuh"
#include "philox.cuh"

// Overwrites a box of one image [channels, height, width] with zeros (fill 0), with one normal
// number for each channel (1), or for each element (2), in the order channel, row, column.
extern "C" __global__ void erase(
    float* image,
    int channels,
    int height,
    int width,
    int top,
    int left,
    int boxHeight,
    int boxWidth,
    int fill,
    long long seed,
    int purpose,
    int epoch,
    int position,
    long long count) {
  const Stream stream = {(unsigned long long)seed, purpose, epoch, position};
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const int column = left + (int)(i % boxWidth);
    const int row = top + (int)(i / boxWidth % boxHeight);
    const int channel = (int)(i / boxWidth / boxHeight);
    const unsigned number = fill == 1 ? (unsigned)channel : (unsigned)i;
    image[((long long)channel * height + row) * width + column] =
        fill == 0 ? 0.0f : randomBlock(stream, number).normal();
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
// has the four elements of one block of random numbers; y may be x.
extern "C" __global__ void KERNEL(dropout)(
    Activation* y,
    const Activation* x,
    float rate,
    float factor,
    long long seed,
    int purpose,
    int epoch,
    int position,
    long long perImage,
    long long count) {
  const long long blocks = (perImage + 3) / 4;
  for (long long i = firstElement(); i < count; i += elementStride()) {
    const int image = (int)(i / blocks);
    const long long first = i % blocks * 4;
    const Stream stream = {(unsigned long long)seed, purpose, epoch, position + image};
    const Block random = randomBlock(stream, (unsigned)(first / 4));
    for (int j = 0; j < 4 && first + j < perImage; j++) {
      const long long at = image * perImage + first + j;
      store(y[at], random.uniform(j) < rate ? 0.0f : toFloat(x[at]) * factor);
    }
  }
}
