// Attention as in attention.cu, its products on tensor cores: operands rounded to BF16, sums,
// softmax and everything in memory in float32.
//
// A block has one head of one image (x) and WARPS·ROWS of its queries or keys, its own rows (y). A
// warp's 16 own rows are left operands in registers; tiles of the other side lie in shared memory
// as pairs of BF16: along the channels where products are over channels, along the rows (turned)
// where sums are over rows. Heads have 16, 32, 48 or 64 channels.
#include "attention.cuh"

constexpr int WARPS = 4;
constexpr int THREADS = WARPS * WARP;
constexpr int ROWS = 16;      // own rows of a warp
constexpr int TILE = 32;      // rows of a tile
constexpr int CHANNELS = 64;  // most channels of a head
constexpr int STEPS = CHANNELS / 16;
// Distances of 4 and 20 modulo 32 banks: the 32 lanes of a fragment meet 32 banks.
constexpr int ROW_PAIRS = CHANNELS / 2 + 4;
constexpr int TURNED_PAIRS = TILE / 2 + 4;

// The first own row of the warp.
__device__ __forceinline__ int firstRow() { return (blockIdx.y * WARPS + warp()) * ROWS; }

// Two channels of a row.
__device__ __forceinline__ unsigned channelPair(Rows x, int row, int channel) {
  return bfloat16Pair(x.at(row, channel), x.at(row, channel + 1));
}

// One channel of two rows.
__device__ __forceinline__ unsigned rowPair(Rows x, int row, int channel) {
  return bfloat16Pair(x.at(row, channel), x.at(row + 1, channel));
}

// Left operands of the warp's own rows: one of [16, 16] for every 16 channels.
struct Left {
  unsigned steps[STEPS][4];
};

__device__ __forceinline__ Left loadLeft(Rows x) {
  Left left = {};
  const int row = firstRow() + fragmentRow();
#pragma unroll
  for (int step = 0; step < STEPS; step++) {
    if (16 * step < x.channels) {
      const int channel = 16 * step + fragmentPair();
      left.steps[step][0] = channelPair(x, row, channel);
      left.steps[step][1] = channelPair(x, row + 8, channel);
      left.steps[step][2] = channelPair(x, row, channel + 8);
      left.steps[step][3] = channelPair(x, row + 8, channel + 8);
    }
  }
  return left;
}

__device__ void loadTile(unsigned (&tile)[TILE][ROW_PAIRS], Rows x, int start) {
  for (int i = threadIdx.x; i < TILE * x.channels / 2; i += THREADS) {
    const int row = i / (x.channels / 2);
    const int pair = i % (x.channels / 2);
    tile[row][pair] = channelPair(x, start + row, 2 * pair);
  }
}

__device__ void loadTurned(unsigned (&tile)[CHANNELS][TURNED_PAIRS], Rows x, int start) {
  for (int i = threadIdx.x; i < x.channels * TILE / 2; i += THREADS) {
    const int channel = i % x.channels;
    const int pair = i / x.channels;
    tile[channel][pair] = rowPair(x, start + 2 * pair, channel);
  }
}

// Of a [16, 32] matrix of the warp, what a lane has: eight columns in each quarter.
typedef float Scores[TILE / 8][4];

// Of a [16, channels] matrix of the warp, what a lane has.
typedef float Sums[CHANNELS / 8][4];

// products = own rows · rows of the tile.
__device__ __forceinline__ void multiplyRows(
    Scores& products, const Left& left, const unsigned (&tile)[TILE][ROW_PAIRS], int channels) {
#pragma unroll
  for (int n = 0; n < TILE / 8; n++) {
    for (int i = 0; i < 4; i++) {
      products[n][i] = 0;
    }
    const unsigned* row = tile[8 * n + fragmentRow()] + fragmentPair() / 2;
#pragma unroll
    for (int step = 0; step < STEPS; step++) {
      if (16 * step < channels) {
        const unsigned right[2] = {row[8 * step], row[8 * step + 4]};
        multiplyAdd(products[n], left.steps[step], right);
      }
    }
  }
}

// sums += weights [16, 32] · the tile's rows.
__device__ __forceinline__ void addWeighted(
    Sums& sums,
    const Scores& weights,
    const unsigned (&turned)[CHANNELS][TURNED_PAIRS],
    int channels) {
#pragma unroll
  for (int step = 0; step < TILE / 16; step++) {
    // Two results side by side have the layout of one left operand.
    const float* near = weights[2 * step];
    const float* far = weights[2 * step + 1];
    const unsigned left[4] = {
        bfloat16Pair(near[0], near[1]),
        bfloat16Pair(near[2], near[3]),
        bfloat16Pair(far[0], far[1]),
        bfloat16Pair(far[2], far[3])};
#pragma unroll
    for (int n = 0; n < CHANNELS / 8; n++) {
      if (8 * n < channels) {
        const unsigned* channel = turned[8 * n + fragmentRow()] + fragmentPair() / 2;
        const unsigned right[2] = {channel[8 * step], channel[8 * step + 4]};
        multiplyAdd(sums[n], left, right);
      }
    }
  }
}

__device__ __forceinline__ void store(
    float* first, long long stride, const Sums& sums, int tokens, int channels) {
#pragma unroll
  for (int n = 0; n < CHANNELS / 8; n++) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const int row = firstRow() + fragmentRow() + 8 * (i / 2);
      const int channel = 8 * n + fragmentPair() + i % 2;
      if (row < tokens && channel < channels) {
        first[row * stride + channel] = sums[n][i];
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) attentionBfloat16(
    float* y,
    float* max,
    float* reciprocal,
    const float* qkv,
    int tokens,
    int heads,
    int channels,
    float scale) {
  __shared__ unsigned keys[TILE][ROW_PAIRS];
  __shared__ unsigned values[CHANNELS][TURNED_PAIRS];
  const Attention a = {blockIdx.x, tokens, heads, channels};
  const Left queries = loadLeft(a.part(qkv, 0));
  float largest[2] = {LOWEST, LOWEST};  // of rows fragmentRow() and 8 below
  float sum[2] = {};
  Sums out = {};
  for (int start = 0; start < tokens; start += TILE) {
    __syncthreads();  // The tile before has been read.
    loadTile(keys, a.part(qkv, 1), start);
    loadTurned(values, a.part(qkv, 2), start);
    __syncthreads();
    Scores scores;
    multiplyRows(scores, queries, keys, channels);
    float highest[2] = {LOWEST, LOWEST};
#pragma unroll
    for (int n = 0; n < TILE / 8; n++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int key = start + 8 * n + fragmentPair() + i % 2;
        scores[n][i] = key < tokens ? scores[n][i] : LOWEST;
        highest[i / 2] = fmaxf(highest[i / 2], scores[n][i]);
      }
    }
    float shrink[2];
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const float newest = fmaxf(largest[half], scale * laneMax<4>(highest[half]));
      shrink[half] = expf(largest[half] - newest);
      largest[half] = newest;
      sum[half] *= shrink[half];
    }
#pragma unroll
    for (int n = 0; n < TILE / 8; n++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        scores[n][i] = exponential(scale, scores[n][i], largest[i / 2]);
        sum[i / 2] += scores[n][i];
      }
    }
#pragma unroll
    for (int n = 0; n < CHANNELS / 8; n++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        out[n][i] *= shrink[i / 2];
      }
    }
    addWeighted(out, scores, values, channels);
  }
  float share[2];
#pragma unroll
  for (int half = 0; half < 2; half++) {
    share[half] = 1.0f / laneSum<4>(sum[half]);
    const int row = firstRow() + fragmentRow() + 8 * half;
    if (fragmentPair() == 0 && row < tokens) {
      max[a.keptAt(row)] = largest[half];
      reciprocal[a.keptAt(row)] = share[half];
    }
  }
#pragma unroll
  for (int n = 0; n < CHANNELS / 8; n++) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      out[n][i] *= share[i / 2];
    }
  }
  store(y + a.headStart(), a.width(), out, tokens, channels);
}

// The gradient of q, and delta = Σ over keys of p·dp, [images, heads, tokens], for the other kernel.
extern "C" __global__ void __launch_bounds__(THREADS) attentionBackwardQueriesBfloat16(
    float* dqkv,
    float* delta,
    const float* dy,
    const float* qkv,
    const float* max,
    const float* reciprocal,
    int tokens,
    int heads,
    int channels,
    float scale) {
  __shared__ unsigned keys[TILE][ROW_PAIRS];
  __shared__ unsigned values[TILE][ROW_PAIRS];
  __shared__ unsigned turnedKeys[CHANNELS][TURNED_PAIRS];
  const Attention a = {blockIdx.x, tokens, heads, channels};
  const Left queries = loadLeft(a.part(qkv, 0));
  const Left gradients = loadLeft(a.head(dy));
  float m[2] = {};
  float share[2] = {};
  float deltas[2] = {};
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int row = firstRow() + fragmentRow() + 8 * half;
    if (row < tokens) {
      m[half] = max[a.keptAt(row)];
      share[half] = reciprocal[a.keptAt(row)];
    }
  }
  Sums out = {};
  for (int pass = 0; pass < 2; pass++) {
    for (int start = 0; start < tokens; start += TILE) {
      __syncthreads();  // The tile before has been read.
      loadTile(keys, a.part(qkv, 1), start);
      loadTile(values, a.part(qkv, 2), start);
      loadTurned(turnedKeys, a.part(qkv, 1), start);
      __syncthreads();
      Scores scores;
      Scores slopes;  // dp
      multiplyRows(scores, queries, keys, channels);
      multiplyRows(slopes, gradients, values, channels);
#pragma unroll
      for (int n = 0; n < TILE / 8; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
          const int key = start + 8 * n + fragmentPair() + i % 2;
          const float p =
              key < tokens ? exponential(scale, scores[n][i], m[i / 2]) * share[i / 2] : 0.0f;
          if (pass == 0) {
            deltas[i / 2] = fmaf(p, slopes[n][i], deltas[i / 2]);
          } else {
            scores[n][i] = p * (slopes[n][i] - deltas[i / 2]) * scale;
          }
        }
      }
      if (pass == 1) {
        addWeighted(out, scores, turnedKeys, channels);
      }
    }
    if (pass == 0) {
      deltas[0] = laneSum<4>(deltas[0]);
      deltas[1] = laneSum<4>(deltas[1]);
    }
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int row = firstRow() + fragmentRow() + 8 * half;
    if (fragmentPair() == 0 && row < tokens) {
      delta[a.keptAt(row)] = deltas[half];
    }
  }
  store(dqkv + a.partStart(0), 3 * a.width(), out, tokens, channels);
}

// The gradients of k and v.
extern "C" __global__ void __launch_bounds__(THREADS) attentionBackwardKeysBfloat16(
    float* dqkv,
    const float* delta,
    const float* dy,
    const float* qkv,
    const float* max,
    const float* reciprocal,
    int tokens,
    int heads,
    int channels,
    float scale) {
  __shared__ unsigned queries[TILE][ROW_PAIRS];
  __shared__ unsigned gradients[TILE][ROW_PAIRS];
  __shared__ unsigned turnedQueries[CHANNELS][TURNED_PAIRS];
  __shared__ unsigned turnedGradients[CHANNELS][TURNED_PAIRS];
  const Attention a = {blockIdx.x, tokens, heads, channels};
  const Left keys = loadLeft(a.part(qkv, 1));
  const Left values = loadLeft(a.part(qkv, 2));
  Sums dk = {};
  Sums dv = {};
  for (int start = 0; start < tokens; start += TILE) {
    __syncthreads();  // The tile before has been read.
    loadTile(queries, a.part(qkv, 0), start);
    loadTile(gradients, a.head(dy), start);
    loadTurned(turnedQueries, a.part(qkv, 0), start);
    loadTurned(turnedGradients, a.head(dy), start);
    __syncthreads();
    Scores scores;
    Scores slopes;  // dp
    multiplyRows(scores, keys, queries, channels);
    multiplyRows(slopes, values, gradients, channels);
#pragma unroll
    for (int n = 0; n < TILE / 8; n++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int query = start + 8 * n + fragmentPair() + i % 2;
        const long long row = a.keptAt(query);
        if (query < tokens) {
          scores[n][i] = exponential(scale, scores[n][i], max[row]) * reciprocal[row];  // p
          slopes[n][i] = scores[n][i] * (slopes[n][i] - delta[row]) * scale;
        } else {
          scores[n][i] = 0;
          slopes[n][i] = 0;
        }
      }
    }
    addWeighted(dv, scores, turnedGradients, channels);
    addWeighted(dk, slopes, turnedQueries, channels);
  }
  store(dqkv + a.partStart(1), 3 * a.width(), dk, tokens, channels);
  store(dqkv + a.partStart(2), 3 * a.width(), dv, tokens, channels);
}
