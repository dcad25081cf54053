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

  // What follows from these, found once.
  int padding = (kernel - 1) / 2;
  int outHeight = (height + 2 * padding - kernel) / stride + 1;
  int outWidth = (width + 2 * padding - kernel) / stride + 1;
  int groupIn = in / groups;
  int groupOut = out / groups;
  int taps = kernel * kernel;

  __device__ int outputs() const { return images * outHeight * outWidth; }
};

// An index in digits: image, row and column of a pixel, or row and column of a tap and a channel.
struct Digits {
  int high;
  int middle;
  int low;
};

// Counts in digits, of which the lower two go up to these.
struct Counter {
  int middles;
  int lows;

  __device__ Digits digits(int index) const {
    return {index / lows / middles, index / lows % middles, index % lows};
  }

  // Without dividing.
  __device__ Digits sum(Digits a, Digits b) const {
    Digits sum = {a.high + b.high, a.middle + b.middle, a.low + b.low};
    if (sum.low >= lows) {
      sum.low -= lows;
      sum.middle++;
    }
    if (sum.middle >= middles) {
      sum.middle -= middles;
      sum.high++;
    }
    return sum;
  }
};

// Where the weights of an output channel begin.
__device__ __forceinline__ long long weightsOf(const Convolution& c, int outChannel) {
  return (long long)outChannel * c.groupIn * c.taps;
}

// Where the weight of a tap and a channel of the group lies from there.
__device__ __forceinline__ int weightAt(const Convolution& c, Digits tap) {
  return tap.low * c.taps + tap.high * c.kernel + tap.middle;
}

// --- Outputs -------------------------------------------------------------------------------------

// The input that each output sees through each tap: [output pixel, (tap, input channel)].
struct Seen {
  // What the first tap sees, which may be outside of the map, and where its channels are.
  struct Place {
    int row;
    int column;
    long long at;
  };
  typedef Digits Depth;
  static constexpr bool ALONG_DEPTH = true;

  Convolution c;
  const float* x;  // from the group's first channel on
  Counter outputs = {c.outHeight, c.outWidth};
  Counter depths = {c.kernel, c.groupIn};

  __device__ Place place(int output) const {
    const Digits pixel = outputs.digits(output);
    const int row = c.stride * pixel.middle - c.padding;
    const int column = c.stride * pixel.low - c.padding;
    return {row, column, (((long long)pixel.high * c.height + row) * c.width + column) * c.in};
  }

  __device__ Digits depth(int index) const { return depths.digits(index); }

  __device__ Digits sum(Digits a, Digits b) const { return depths.sum(a, b); }

  __device__ float at(Place first, Digits tap) const {
    const int row = first.row + tap.high;
    const int column = first.column + tap.middle;
    const bool inside = row >= 0 && row < c.height && column >= 0 && column < c.width;
    const long long offset = (long long)(tap.high * c.width + tap.middle) * c.in + tap.low;
    return inside ? x[first.at + offset] : 0.0f;
  }
};

// [output channel, (tap, input channel)].
struct OutputWeights {
  typedef int Place;
  typedef Digits Depth;
  static constexpr bool ALONG_DEPTH = true;

  Convolution c;
  const float* w;  // of the group
  Counter depths = {c.kernel, c.groupIn};

  __device__ int place(int channel) const { return channel * c.groupIn * c.taps; }

  __device__ Digits depth(int index) const { return depths.digits(index); }

  __device__ Digits sum(Digits a, Digits b) const { return depths.sum(a, b); }

  __device__ float at(int channel, Digits tap) const { return w[channel + weightAt(c, tap)]; }
};

// A block has a tile of output pixels (x) and of a group's output channels (y); groups are z.
template <typename Tile>
__device__ __forceinline__ void forward(
    float* y, const float* x, const float* w, const Convolution& c) {
  const int firstOut = blockIdx.z * c.groupOut;
  const Seen seen = {c, x + blockIdx.z * c.groupIn};
  const OutputWeights weights = {c, w + weightsOf(c, firstOut)};
  multiplyTile<Tile>(
      seen, weights, blockIdx.x * TILE, c.outputs(), blockIdx.y * TILE, c.groupOut, 0,
      c.taps * c.groupIn, [&](int pixel, int channel, float value) {
        y[(long long)pixel * c.out + firstOut + channel] = value;
      });
}

// --- Gradients of the input ----------------------------------------------------------------------

// Rows of the input, or columns, that outputs see through the same taps, every so manyth of both:
// the i-th of them is seen by output + i − t through the t-th tap.
struct Phase {
  int tap;
  int taps;
  int first;
  int count;
  int output;

  __device__ Phase(const Convolution& c, int phase, int size) {
    tap = phase;
    taps = phase < c.kernel ? (c.kernel - 1 - phase) / c.stride + 1 : 0;
    first = (phase + c.stride - c.padding % c.stride) % c.stride;
    count = first < size ? (size - 1 - first) / c.stride + 1 : 0;
    output = (first + c.padding - phase) / c.stride;
  }
};

// Input pixels of the same phases, and the taps that see them.
struct Phases {
  Convolution c;
  Phase rows;
  Phase columns;
  Counter inputs = {rows.count, columns.count};
  Counter depths = {columns.taps > 0 ? columns.taps : 1, c.groupOut};

  __device__ int pixels() const { return c.images * rows.count * columns.count; }

  __device__ int depth() const { return rows.taps * columns.taps * c.groupOut; }

  __device__ long long pixelAt(int index) const {
    const Digits pixel = inputs.digits(index);
    const long long row = (long long)pixel.high * c.height + rows.first + c.stride * pixel.middle;
    return row * c.width + columns.first + c.stride * pixel.low;
  }
};

// The gradient of the output that saw each input through each tap: [input pixel, (tap, output
// channel)].
struct Answers {
  // The output that saw it through the first tap, perhaps outside of the map, and where its channels
  // are.
  struct Place {
    int row;
    int column;
    long long at;
  };
  typedef Digits Depth;
  static constexpr bool ALONG_DEPTH = true;

  Phases phases;
  const float* dy;  // from the group's first channel on

  __device__ Place place(int input) const {
    const Convolution& c = phases.c;
    const Digits pixel = phases.inputs.digits(input);
    const int row = phases.rows.output + pixel.middle;
    const int column = phases.columns.output + pixel.low;
    return {
        row, column, (((long long)pixel.high * c.outHeight + row) * c.outWidth + column) * c.out};
  }

  __device__ Digits depth(int index) const { return phases.depths.digits(index); }

  __device__ Digits sum(Digits a, Digits b) const { return phases.depths.sum(a, b); }

  __device__ float at(Place first, Digits tap) const {
    const Convolution& c = phases.c;
    const int row = first.row - tap.high;
    const int column = first.column - tap.middle;
    const bool inside = row >= 0 && row < c.outHeight && column >= 0 && column < c.outWidth;
    const long long offset = (long long)(tap.high * c.outWidth + tap.middle) * c.out - tap.low;
    return inside ? dy[first.at - offset] : 0.0f;
  }
};

// [input channel, (tap, output channel)].
struct InputWeights {
  typedef int Place;
  typedef Digits Depth;
  static constexpr bool ALONG_DEPTH = false;

  Phases phases;
  const float* w;  // of the group

  __device__ int place(int channel) const {
    return weightAt(phases.c, {phases.rows.tap, phases.columns.tap, channel});
  }

  __device__ Digits depth(int index) const { return phases.depths.digits(index); }

  __device__ Digits sum(Digits a, Digits b) const { return phases.depths.sum(a, b); }

  __device__ float at(int channel, Digits tap) const {
    const Convolution& c = phases.c;
    const int between = c.stride * (tap.high * c.kernel + tap.middle);
    return w[tap.low * c.groupIn * c.taps + channel + between];
  }
};

// A block has a tile of input pixels of the same phases (x) and of a group's input channels (y, tiles
// of phases); groups are z.
template <typename Tile>
__device__ __forceinline__ void inputGradient(
    float* dx, const float* dy, const float* w, const Convolution& c) {
  const int tiles = (c.groupIn + TILE - 1) / TILE;
  const int phase = blockIdx.y / tiles;
  const Phases phases = {
      c, Phase(c, phase / c.stride, c.height), Phase(c, phase % c.stride, c.width)};
  const int first = blockIdx.x * TILE;
  if (first >= phases.pixels()) {
    return;  // The whole block.
  }
  const int firstIn = blockIdx.z * c.groupIn;
  const int firstOut = blockIdx.z * c.groupOut;
  const Answers answers = {phases, dy + firstOut};
  const InputWeights weights = {phases, w + weightsOf(c, firstOut)};
  multiplyTile<Tile>(
      answers, weights, first, phases.pixels(), blockIdx.y % tiles * TILE, c.groupIn, 0,
      phases.depth(), [&](int pixel, int channel, float value) {
        dx[phases.pixelAt(pixel) * c.in + firstIn + channel] = value;
      });
}

// --- Gradients of the weights --------------------------------------------------------------------

// Output gradients: [output channel, output pixel].
struct Gradients {
  typedef int Place;
  typedef int Depth;
  static constexpr bool ALONG_DEPTH = false;

  Convolution c;
  const float* dy;  // from the group's first channel on

  __device__ int place(int channel) const { return channel; }

  __device__ int depth(int output) const { return output; }

  __device__ int sum(int a, int b) const { return a + b; }

  __device__ float at(int channel, int output) const {
    return dy[(long long)output * c.out + channel];
  }
};

// What Seen has, the other way round: [(tap, input channel), output pixel].
struct SeenByTap {
  typedef Digits Place;
  typedef Digits Depth;
  static constexpr bool ALONG_DEPTH = false;

  Seen seen;

  __device__ Digits place(int index) const { return seen.depths.digits(index); }

  __device__ Digits depth(int output) const { return seen.outputs.digits(output); }

  __device__ Digits sum(Digits a, Digits b) const { return seen.outputs.sum(a, b); }

  __device__ float at(Digits tap, Digits output) const {
    const Convolution& c = seen.c;
    const int row = c.stride * output.middle + tap.high - c.padding;
    const int column = c.stride * output.low + tap.middle - c.padding;
    const bool inside = row >= 0 && row < c.height && column >= 0 && column < c.width;
    const int pixel = (output.high * c.height + row) * c.width + column;
    return inside ? seen.x[(long long)pixel * c.in + tap.low] : 0.0f;
  }
};

// A block has a tile of a group's output channels (x) and of its taps with their input channels (y),
// and of the output pixels a part; parts of groups are z. The parts' sums, [parts, out, in/groups,
// kernel, kernel], are for addRows.
template <typename Tile>
__device__ __forceinline__ void weightGradient(
    float* sums, const float* dy, const float* x, const Convolution& c, int pixelsPerPart) {
  const int group = blockIdx.z % c.groups;
  const int part = blockIdx.z / c.groups;
  const int firstOut = group * c.groupOut;
  const Gradients gradients = {c, dy + firstOut};
  const SeenByTap seen = {{c, x + group * c.groupIn}};
  const int start = part * pixelsPerPart;
  const int end = c.outputs() - start < pixelsPerPart ? c.outputs() : start + pixelsPerPart;
  float* sum = sums + weightsOf(c, part * c.out + firstOut);
  multiplyTile<Tile>(
      gradients, seen, blockIdx.x * TILE, c.groupOut, blockIdx.y * TILE, c.taps * c.groupIn, start,
      end, [&](int channel, int index, float value) {
        sum[weightsOf(c, channel) + weightAt(c, seen.place(index))] = value;
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
