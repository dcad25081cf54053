// Matrix products whose factors are computed where they are needed: c[line, column] = Σ over depth
// of left[line, depth]·right[column, depth], each sum in one order.
//
// A block has a tile of c. It walks along the depth and copies what it meets of both factors to
// shared memory. A factor is a type with
//   Place place(int index): what is known of a line or column, once for all depths
//   float at(Place, int depth): its number there
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

  template <typename Number>
  __device__ static float word(Number number, int depth) {
    return number(depth);
  }

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

  template <typename Number>
  __device__ static unsigned word(Number number, int depth) {
    return bfloat16Pair(number(depth), number(depth + 1));
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
template <typename Factor>
struct TileShare {
  typename Factor::Place places[SHARE];
  bool inside[SHARE];

  __device__ static int line(int i) {
    return Factor::ALONG_DEPTH ? threadIdx.x / TILE_WORDS + TILE_THREADS / TILE_WORDS * i
                               : threadIdx.x % TILE;
  }

  __device__ static int word(int i) {
    return Factor::ALONG_DEPTH ? threadIdx.x % TILE_WORDS
                               : threadIdx.x / TILE + TILE_THREADS / TILE * i;
  }

  // The share of lines first, first + 1 ... of so many.
  __device__ TileShare(const Factor& factor, int first, int lines) {
#pragma unroll
    for (int i = 0; i < SHARE; i++) {
      inside[i] = first + line(i) < lines;
      places[i] = factor.place(inside[i] ? first + line(i) : 0);
    }
  }

  // Copies depths from start on; zeros after the last line and from the end of the depth on.
  template <typename Tile>
  __device__ void load(
      typename Tile::Words& words, const Factor& factor, int start, int end) const {
#pragma unroll
    for (int i = 0; i < SHARE; i++) {
      const auto number = [&](int depth) {
        return inside[i] && depth < end ? factor.at(places[i], depth) : 0.0f;
      };
      words[line(i)][word(i)] = Tile::word(number, start + Tile::NUMBERS * word(i));
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
  const TileShare<Left> leftShare(left, firstLine, lines);
  const TileShare<Right> rightShare(right, firstColumn, columns);
  Tile tile;
  for (int depth = start; depth < end; depth += TILE_WORDS * Tile::NUMBERS) {
    __syncthreads();  // The words before have been read.
    leftShare.template load<Tile>(leftWords, left, depth, end);
    rightShare.template load<Tile>(rightWords, right, depth, end);
    __syncthreads();
    tile.multiply(leftWords, rightWords);
  }
  tile.store([&](int line, int column, float value) {
    if (firstLine + line < lines && firstColumn + column < columns) {
      store(firstLine + line, firstColumn + column, value);
    }
  });
}
