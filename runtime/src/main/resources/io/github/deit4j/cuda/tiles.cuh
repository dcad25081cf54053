// Matrix products whose factors are computed where they are needed: c[line, column] = Σ over depth
// of left[line, depth]·right[column, depth], each sum in one order.
//
// A block has a tile of c. It walks along the depth and copies what it meets of both factors to
// shared memory. A factor is a type with
//   Place place(int index): what is known of a line or column, once for all depths
//   Depth depth(int index): the same of a depth, and of a distance between two
//   Depth sum(Depth, Depth): a depth at that distance from another, found without dividing
//   float at(Place, Depth): its number there
//   ALONG_DEPTH: whether neighbours in memory are neighbours along the depth
#pragma once

#include "deit4j.cuh"

constexpr int TILE = 64;           // lines, and columns, of a tile
constexpr int TILE_WORDS = 16;     // words of each that are in shared memory at a time
constexpr int TILE_THREADS = 256;  // threads of a block
constexpr int SHARE = TILE * TILE_WORDS / TILE_THREADS;  // words that a thread copies

// Products in float32: a word is one number. A thread has every 16th line and column.
struct Float32Tile {
  static constexpr int NUMBERS = 1;
  // Lines lie 17 words apart, so that 16 threads that read a column meet 16 banks.
  typedef float Words[TILE][TILE_WORDS + 1];

  float sums[4][4] = {};

  __device__ static float word(const float (&numbers)[NUMBERS]) { return numbers[0]; }

  __device__ void multiply(const Words& left, const Words& right) {
    const int line = threadIdx.x / 16;
    const int column = threadIdx.x % 16;
#pragma unroll
    for (int word = 0; word < TILE_WORDS; word++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
          sums[i][j] = fmaf(left[line + 16 * i][word], right[column + 16 * j][word], sums[i][j]);
        }
      }
    }
  }

  template <typename Store>
  __device__ void store(Store store) const {
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
      for (int j = 0; j < 4; j++) {
        store(threadIdx.x / 16 + 16 * i, threadIdx.x % 16 + 16 * j, sums[i][j]);
      }
    }
  }
};

// Products of numbers rounded to BF16, on tensor cores, sums in float32: a word is two numbers along
// the depth. A warp has 16 lines and 32 columns.
struct Bfloat16Tile {
  static constexpr int NUMBERS = 2;
  // A distance of 20 modulo 32 banks: the 32 lanes of a fragment meet 32 banks.
  typedef unsigned Words[TILE][TILE_WORDS + 4];

  float sums[4][4] = {};

  __device__ static unsigned word(const float (&numbers)[NUMBERS]) {
    return bfloat16Pair(numbers[0], numbers[1]);
  }

  __device__ static int firstLine() { return warp() % 4 * 16; }

  __device__ static int firstColumn() { return warp() / 4 * 32; }

  __device__ void multiply(const Words& left, const Words& right) {
    const unsigned* near = left[firstLine() + fragmentRow()] + fragmentPair() / 2;
    const unsigned* far = left[firstLine() + fragmentRow() + 8] + fragmentPair() / 2;
#pragma unroll
    for (int step = 0; step < TILE_WORDS; step += 8) {
      const unsigned a[4] = {near[step], far[step], near[step + 4], far[step + 4]};
#pragma unroll
      for (int n = 0; n < 4; n++) {
        const unsigned* column =
            right[firstColumn() + 8 * n + fragmentRow()] + fragmentPair() / 2;
        const unsigned b[2] = {column[step], column[step + 4]};
        multiplyAdd(sums[n], a, b);
      }
    }
  }

  template <typename Store>
  __device__ void store(Store store) const {
#pragma unroll
    for (int n = 0; n < 4; n++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        store(
            firstLine() + fragmentRow() + 8 * (i / 2),
            firstColumn() + 8 * n + fragmentPair() + i % 2,
            sums[n][i]);
      }
    }
  }
};

// What a thread copies of a factor: neighbouring threads copy what are neighbours in memory.
template <typename Tile, typename Factor>
struct TileShare {
  // Where neighbours in memory are neighbours along the depth, a thread's words are of several lines
  // at one depth, else of one line at several.
  static constexpr int LINES = Factor::ALONG_DEPTH ? SHARE : 1;
  static constexpr int STEP = Tile::NUMBERS * TILE_WORDS * LINES / SHARE;  // to the next depth

  const Factor& factor;
  typename Factor::Place places[LINES];
  bool inside[LINES];
  int index;  // of the depth where the next word begins
  typename Factor::Depth depth;
  typename Factor::Depth step;
  typename Factor::Depth one;
  float numbers[SHARE][Tile::NUMBERS];

  __device__ static int line(int i) {
    return Factor::ALONG_DEPTH ? threadIdx.x / TILE_WORDS + TILE_THREADS / TILE_WORDS * i
                               : threadIdx.x % TILE;
  }

  __device__ static int word(int i) {
    return Factor::ALONG_DEPTH ? threadIdx.x % TILE_WORDS
                               : threadIdx.x / TILE + TILE_THREADS / TILE * i;
  }

  // The share of lines first, first + 1 ... of so many, and of depths from start on.
  __device__ TileShare(const Factor& factor, int first, int lines, int start)
      : factor(factor),
        index(start + Tile::NUMBERS * word(0)),
        depth(factor.depth(index)),
        step(factor.depth(STEP)),
        one(factor.depth(1)) {
#pragma unroll
    for (int i = 0; i < LINES; i++) {
      inside[i] = first + line(i) < lines;
      places[i] = factor.place(inside[i] ? first + line(i) : 0);
    }
  }

  // Reads the next words of numbers; zeros after the last line and from the end of the depth on.
  __device__ void read(int end) {
#pragma unroll
    for (int i = 0; i < SHARE; i++) {
      typename Factor::Depth each = depth;
#pragma unroll
      for (int k = 0; k < Tile::NUMBERS; k++) {
        const bool exists = inside[i % LINES] && index + k < end;
        numbers[i][k] = exists ? factor.at(places[i % LINES], each) : 0.0f;
        each = factor.sum(each, one);
      }
      if (i % LINES == LINES - 1) {
        index += STEP;
        depth = factor.sum(depth, step);
      }
    }
  }

  // Copies what was read.
  __device__ void write(typename Tile::Words& words) const {
#pragma unroll
    for (int i = 0; i < SHARE; i++) {
      words[line(i)][word(i)] = Tile::word(numbers[i]);
    }
  }
};

// Computes the block's tile over depths from start to end and hands over its numbers:
// store(line, column, value).
template <typename Tile, typename Left, typename Right, typename Store>
__device__ __forceinline__ void multiplyTile(
    const Left& left,
    const Right& right,
    int firstLine,
    int lines,
    int firstColumn,
    int columns,
    int start,
    int end,
    Store store) {
  __shared__ typename Tile::Words leftWords;
  __shared__ typename Tile::Words rightWords;
  TileShare<Tile, Left> leftShare(left, firstLine, lines, start);
  TileShare<Tile, Right> rightShare(right, firstColumn, columns, start);
  Tile tile;
  leftShare.read(end);
  rightShare.read(end);
  for (int depth = start; depth < end; depth += TILE_WORDS * Tile::NUMBERS) {
    __syncthreads();  // The words before have been multiplied.
    leftShare.write(leftWords);
    rightShare.write(rightWords);
    __syncthreads();
    leftShare.read(end);  // The next are on their way meanwhile.
    rightShare.read(end);
    tile.multiply(leftWords, rightWords);
  }
  tile.store([&](int line, int column, float value) {
    if (firstLine + line < lines && firstColumn + column < columns) {
      store(firstLine + line, firstColumn + column, value);
    }
  });
}
