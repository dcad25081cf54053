// What makes training harder: parts of images, erasing, mixing, dropout.
#include "activation.cuh"
#include "philox.cuh"

__device__ __forceinline__ unsigned reversedBytes(unsigned word) {
  return word >> 24 | (word >> 8 & 0xff00u) | (word << 8 & 0xff0000u) | word << 24;
}

// The bytes at to at + 3 of an image's, lowest first, by whole words wherever they lie in these, as
// long as no word reaches beyond the image.
__device__ __forceinline__ unsigned fourBytes(const unsigned char* image, int at, int bytes) {
  const int beside = (int)((unsigned long long)(image + at) % 4);
  const int end = at - beside + (beside == 0 ? 4 : 8);
  if (at < beside || end > bytes) {
    return image[at] | image[at + 1] << 8 | image[at + 2] << 16 | (unsigned)image[at + 3] << 24;
  }
  const unsigned* words = reinterpret_cast<const unsigned*>(image + at - beside);
  return beside == 0 ? words[0] : words[0] >> 8 * beside | words[1] << (32 - 8 * beside);
}

// Parts of stored images, mirrored or not: y [images, channels, height, width]. Image i is cut from
// the one that begins at places[i] of x, of crops[5·i] rows and crops[5·i + 1] columns, from row
// crops[5·i + 2] and column crops[5·i + 3] on, and is mirrored where crops[5·i + 4] says so. What lies
// outside of a stored image is black. The blocks of a column of the grid have an image; a thread has
// four neighbours of a row at once where rows are whole words.
extern "C" __global__ void crop(
    unsigned char* y,
    const unsigned char* x,
    const long long* places,
    const int* crops,
    int channels,
    int height,
    int width) {
  const int* part = crops + 5 * blockIdx.x;
  const int storedHeight = part[0];
  const int storedWidth = part[1];
  const int bytes = channels * storedHeight * storedWidth;
  const bool mirrored = part[4] != 0;
  const unsigned char* stored = x + places[blockIdx.x];
  unsigned char* image = y + (long long)blockIdx.x * channels * height * width;
  const int run = width % 4 == 0 && (unsigned long long)y % 4 == 0 ? 4 : 1;
  const int runs = width / run;
  const int count = channels * height * runs;
  for (int i = blockIdx.y * blockDim.x + threadIdx.x; i < count; i += gridDim.y * blockDim.x) {
    const int row = i / runs;
    const int column = (i - row * runs) * run;
    const int channel = row / height;
    const int storedRow = row - channel * height + part[2];
    const bool exists = storedRow >= 0 && storedRow < storedHeight;
    // The leftmost stored column that is seen.
    const int first = part[3] + (mirrored ? width - run - column : column);
    const int at = exists ? (channel * storedHeight + storedRow) * storedWidth + first : 0;
    unsigned word = 0;
    if (exists && run == 4 && first >= 0 && first <= storedWidth - 4) {
      word = fourBytes(stored, at, bytes);
    } else if (exists) {
      for (int j = 0; j < run; j++) {
        if (first + j >= 0 && first + j < storedWidth) {
          word |= (unsigned)stored[at + j] << 8 * j;
        }
      }
    }
    if (run == 4) {
      *reinterpret_cast<unsigned*>(image + 4 * i) = mirrored ? reversedBytes(word) : word;
    } else {
      image[i] = (unsigned char)word;
    }
  }
}

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
