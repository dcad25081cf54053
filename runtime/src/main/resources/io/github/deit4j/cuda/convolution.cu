// Grouped convolution of maps with their channels last, [images, height, width, channels], and
// PyTorch's weights, [out, in/groups, kernel, kernel]: matrix products whose factors are looked up
// in the maps, without a copy of the map for every tap.
#include "tiles.cuh"

struct Convolution {
  int images;
  int height;
  int width;
  int in;
  int out;
  int kernel;
  int stride;
  int groups;

  __device__ int padding() const { return (kernel - 1) / 2; }

  __device__ int outHeight() const { return (height + 2 * padding() - kernel) / stride + 1; }

  __device__ int outWidth() const { return (width + 2 * padding() - kernel) / stride + 1; }

  __device__ int inputs() const { return images * height * width; }

  __device__ int outputs() const { return images * outHeight() * outWidth(); }

  __device__ int groupIn() const { return in / groups; }

  __device__ int groupOut() const { return out / groups; }

  __device__ int taps() const { return kernel * kernel; }
};

// A pixel of a map.
struct Pixel {
  int image;
  int row;
  int column;
};

__device__ __forceinline__ Pixel pixel(int index, int height, int width) {
  return {index / width / height, index / width % height, index % width};
}

// A tap of the weights and a channel of the group.
struct Tap {
  int row;
  int column;
  int channel;
};

__device__ __forceinline__ Tap tap(int index, int channels, int kernel) {
  const int place = index / channels;
  return {place / kernel, place % kernel, index % channels};
}

// The input that each output sees through each tap: [output pixel, (tap, input channel)].
struct Seen {
  typedef Pixel Place;
  static constexpr bool ALONG_DEPTH = true;

  Convolution c;
  const float* x;  // from the group's first channel on

  __device__ Pixel place(int index) const { return pixel(index, c.outHeight(), c.outWidth()); }

  __device__ float at(Pixel output, int depth) const {
    return at(output, tap(depth, c.groupIn(), c.kernel));
  }

  __device__ float at(Pixel output, Tap t) const {
    const int row = c.stride * output.row + t.row - c.padding();
    const int column = c.stride * output.column + t.column - c.padding();
    const bool inside = row >= 0 && row < c.height && column >= 0 && column < c.width;
    const long long pixel = ((long long)output.image * c.height + row) * c.width + column;
    return inside ? x[pixel * c.in + t.channel] : 0.0f;
  }
};

// The same the other way round: [(tap, input channel), output pixel].
struct SeenByTap {
  typedef Tap Place;
  static constexpr bool ALONG_DEPTH = false;

  Seen seen;

  __device__ Tap place(int index) const { return tap(index, seen.c.groupIn(), seen.c.kernel); }

  __device__ float at(Tap t, int output) const { return seen.at(seen.place(output), t); }
};

// The gradient of the output that saw each input through each tap: [input pixel, (tap, output
// channel)].
struct Answers {
  typedef Pixel Place;
  static constexpr bool ALONG_DEPTH = true;

  Convolution c;
  const float* dy;  // from the group's first channel on

  __device__ Pixel place(int index) const { return pixel(index, c.height, c.width); }

  __device__ float at(Pixel input, int depth) const {
    const Tap t = tap(depth, c.groupOut(), c.kernel);
    const int row = input.row + c.padding() - t.row;
    const int column = input.column + c.padding() - t.column;
    const bool inside = row >= 0 && row % c.stride == 0 && row / c.stride < c.outHeight() &&
                        column >= 0 && column % c.stride == 0 && column / c.stride < c.outWidth();
    const long long pixel =
        ((long long)input.image * c.outHeight() + row / c.stride) * c.outWidth() +
        column / c.stride;
    return inside ? dy[pixel * c.out + t.channel] : 0.0f;
  }
};

// Output gradients: [output channel, output pixel].
struct Gradients {
  typedef int Place;
  static constexpr bool ALONG_DEPTH = false;

  Convolution c;
  const float* dy;  // from the group's first channel on

  __device__ int place(int channel) const { return channel; }

  __device__ float at(int channel, int output) const {
    return dy[(long long)output * c.out + channel];
  }
};

__device__ __forceinline__ long long weightAt(const Convolution& c, int outChannel, Tap t) {
  return (((long long)outChannel * c.groupIn() + t.channel) * c.kernel + t.row) * c.kernel +
         t.column;
}

// [output channel, (tap, input channel)].
struct OutputWeights {
  typedef int Place;
  static constexpr bool ALONG_DEPTH = true;

  Convolution c;
  const float* w;  // of the group

  __device__ int place(int channel) const { return channel; }

  __device__ float at(int channel, int depth) const {
    return w[weightAt(c, channel, tap(depth, c.groupIn(), c.kernel))];
  }
};

// [input channel, (tap, output channel)].
struct InputWeights {
  typedef int Place;
  static constexpr bool ALONG_DEPTH = false;

  Convolution c;
  const float* w;  // of the group

  __device__ int place(int channel) const { return channel; }

  __device__ float at(int channel, int depth) const {
    const Tap t = tap(depth, c.groupOut(), c.kernel);
    return w[weightAt(c, t.channel, {t.row, t.column, channel})];
  }
};

// A block has a tile of output pixels (x) and of a group's output channels (y); groups are z.
template <typename Tile>
__device__ __forceinline__ void forward(
    float* y, const float* x, const float* w, const Convolution& c) {
  const int firstOut = blockIdx.z * c.groupOut();
  const Seen seen = {c, x + blockIdx.z * c.groupIn()};
  const OutputWeights weights = {c, w + weightAt(c, firstOut, {0, 0, 0})};
  multiplyTile<Tile>(
      seen, weights, blockIdx.x * TILE, c.outputs(), blockIdx.y * TILE, c.groupOut(), 0,
      c.taps() * c.groupIn(), [&](int pixel, int channel, float value) {
        y[(long long)pixel * c.out + firstOut + channel] = value;
      });
}

// A block has a tile of input pixels (x) and of a group's input channels (y); groups are z.
template <typename Tile>
__device__ __forceinline__ void inputGradient(
    float* dx, const float* dy, const float* w, const Convolution& c) {
  const int firstIn = blockIdx.z * c.groupIn();
  const int firstOut = blockIdx.z * c.groupOut();
  const Answers answers = {c, dy + firstOut};
  const InputWeights weights = {c, w + weightAt(c, firstOut, {0, 0, 0})};
  multiplyTile<Tile>(
      answers, weights, blockIdx.x * TILE, c.inputs(), blockIdx.y * TILE, c.groupIn(), 0,
      c.taps() * c.groupOut(), [&](int pixel, int channel, float value) {
        dx[(long long)pixel * c.in + firstIn + channel] = value;
      });
}

// A block has a tile of a group's output channels (x) and of its taps with their input channels (y),
// and of the output pixels a part; parts of groups are z. The parts' sums, [parts, out, in/groups,
// kernel, kernel], are for addRows.
template <typename Tile>
__device__ __forceinline__ void weightGradient(
    float* sums, const float* dy, const float* x, const Convolution& c, int pixelsPerPart) {
  const int group = blockIdx.z % c.groups;
  const int part = blockIdx.z / c.groups;
  const int firstOut = group * c.groupOut();
  const Gradients gradients = {c, dy + firstOut};
  const SeenByTap seen = {{c, x + group * c.groupIn()}};
  const int start = part * pixelsPerPart;
  const int end = c.outputs() - start < pixelsPerPart ? c.outputs() : start + pixelsPerPart;
  float* sum = sums + weightAt(c, part * c.out + firstOut, {0, 0, 0});
  multiplyTile<Tile>(
      gradients, seen, blockIdx.x * TILE, c.groupOut(), blockIdx.y * TILE,
      c.taps() * c.groupIn(), start, end, [&](int channel, int index, float value) {
        sum[weightAt(c, channel, tap(index, c.groupIn(), c.kernel))] = value;
      });
}

extern "C" __global__ void __launch_bounds__(TILE_THREADS) convolution(
    float* y, const float* x, const float* w,
    int images, int height, int width, int in, int out, int kernel, int stride, int groups) {
  forward<Float32Tile>(y, x, w, {images, height, width, in, out, kernel, stride, groups});
}

extern "C" __global__ void __launch_bounds__(TILE_THREADS) convolutionBfloat16(
    float* y, const float* x, const float* w,
    int images, int height, int width, int in, int out, int kernel, int stride, int groups) {
  forward<Bfloat16Tile>(y, x, w, {images, height, width, in, out, kernel, stride, groups});
}

extern "C" __global__ void __launch_bounds__(TILE_THREADS) convolutionInputGradient(
    float* dx, const float* dy, const float* w,
    int images, int height, int width, int in, int out, int kernel, int stride, int groups) {
  inputGradient<Float32Tile>(dx, dy, w, {images, height, width, in, out, kernel, stride, groups});
}

extern "C" __global__ void __launch_bounds__(TILE_THREADS) convolutionInputGradientBfloat16(
    float* dx, const float* dy, const float* w,
    int images, int height, int width, int in, int out, int kernel, int stride, int groups) {
  inputGradient<Bfloat16Tile>(dx, dy, w, {images, height, width, in, out, kernel, stride, groups});
}

extern "C" __global__ void __launch_bounds__(TILE_THREADS) convolutionWeightGradient(
    float* sums, const float* dy, const float* x,
    int images, int height, int width, int in, int out, int kernel, int stride, int groups,
    int pixelsPerPart) {
  weightGradient<Float32Tile>(
      sums, dy, x, {images, height, width, in, out, kernel, stride, groups}, pixelsPerPart);
}

extern "C" __global__ void __launch_bounds__(TILE_THREADS) convolutionWeightGradientBfloat16(
    float* sums, const float* dy, const float* x,
    int images, int height, int width, int in, int out, int kernel, int stride, int groups,
    int pixelsPerPart) {
  weightGradient<Bfloat16Tile>(
      sums, dy, x, {images, height, width, in, out, kernel, stride, groups}, pixelsPerPart);
}
