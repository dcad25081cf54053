// Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1) in float32, without a matrix of
// scores in memory: forward with a running maximum and sum, backward from the kept maximum and
// reciprocal sum of every row (Dao et al. 2022), gradients without atomics.
//
// A block has one head of one image (x) and WARPS·ROWS of its queries or keys, its own rows (y). It
// walks over tiles of the other side in shared memory. Of a warp's products with a tile, a lane has
// one row of the tile; of its sums over a tile, a lane has every 32nd channel. The warp's own rows
// are read from the cache: all lanes read the same number.
#include "attention.cuh"

constexpr int WARPS = 4;
constexpr int THREADS = WARPS * WARP;
constexpr int ROWS = 8;        // own rows of a warp
constexpr int TILE = WARP;     // rows of a tile
constexpr int CHANNELS = 128;  // most channels of a head
constexpr int SHARES = CHANNELS / WARP;

extern __shared__ float dynamic_shared[];

__device__ __forceinline__ int tileSize(int channels) { return TILE * (channels + 1); }

// The first own row of the warp.
__device__ __forceinline__ int firstRow() { return (blockIdx.y * WARPS + warp()) * ROWS; }

// Copies a tile to shared memory, its rows one word further apart than their length, so that lanes
// that read a column meet 32 banks. Rows after the last token are zero.
__device__ void loadTile(float* tile, Rows x, int start) {
  for (int i = threadIdx.x; i < TILE * x.channels; i += THREADS) {
    const int row = i / x.channels;
    const int channel = i % x.channels;
    tile[row * (x.channels + 1) + channel] = x.at(start + row, channel);
  }
}

// products[r] = own row r · this lane's row of the tile.
__device__ __forceinline__ void multiplyRows(
    float (&products)[ROWS], Rows own, const float* tile) {
  const int first = firstRow();
  long long at[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    // After the last row the last one again: it can be read, and the result is not used.
    at[r] = (first + r < own.tokens ? first + r : own.tokens - 1) * own.stride;
    products[r] = 0;
  }
  const float* row = tile + lane() * (own.channels + 1);
  for (int c = 0; c < own.channels; c++) {
    const float x = row[c];
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      products[r] = fmaf(own.first[at[r] + c], x, products[r]);
    }
  }
}

// sums[r] += Σ over the tile's rows of weights[r, row]·tile[row], for this lane's channels.
__device__ __forceinline__ void addWeighted(
    float (&sums)[ROWS][SHARES], const float* weights, const float* tile, int channels) {
  for (int row = 0; row < TILE; row++) {
#pragma unroll
    for (int s = 0; s < SHARES; s++) {
      const int channel = s * WARP + lane();
      if (channel < channels) {
        const float x = tile[row * (channels + 1) + channel];
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
          sums[r][s] = fmaf(weights[r * TILE + row], x, sums[r][s]);
        }
      }
    }
  }
}

// Writes the warp's rows.
__device__ __forceinline__ void store(
    float* out, long long stride, const float (&sums)[ROWS][SHARES], int tokens, int channels) {
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    const int row = firstRow() + r;
#pragma unroll
    for (int s = 0; s < SHARES; s++) {
      const int channel = s * WARP + lane();
      if (row < tokens && channel < channels) {
        out[row * stride + channel] = sums[r][s];
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) attention(
    float* y,
    float* max,
    float* reciprocal,
    const float* qkv,
    int tokens,
    int heads,
    int channels,
    float scale) {
  const Attention a = {blockIdx.x, tokens, heads, channels};
  const int first = firstRow();
  float* keys = dynamic_shared;
  float* values = keys + tileSize(channels);
  float* weights = values + tileSize(channels) + warp() * ROWS * TILE;
  float largest[ROWS];
  float sum[ROWS];
  float out[ROWS][SHARES] = {};
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    largest[r] = LOWEST;
    sum[r] = 0;
  }
  for (int start = 0; start < tokens; start += TILE) {
    __syncthreads();  // The tile before has been read.
    loadTile(keys, a.part(qkv, 1), start);
    loadTile(values, a.part(qkv, 2), start);
    __syncthreads();
    float scores[ROWS];
    multiplyRows(scores, a.part(qkv, 0), keys);
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      const float product = start + lane() < tokens ? scores[r] : LOWEST;
      const float newest = fmaxf(largest[r], scale * laneMax<WARP>(product));
      const float e = exponential(scale, product, newest);
      const float shrink = expf(largest[r] - newest);
      largest[r] = newest;
      sum[r] = fmaf(sum[r], shrink, laneSum<WARP>(e));
      weights[r * TILE + lane()] = e;
#pragma unroll
      for (int s = 0; s < SHARES; s++) {
        out[r][s] *= shrink;
      }
    }
    __syncwarp();
    addWeighted(out, weights, values, channels);
  }
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    const float share = 1.0f / sum[r];
#pragma unroll
    for (int s = 0; s < SHARES; s++) {
      out[r][s] *= share;
    }
    if (lane() == 0 && first + r < tokens) {
      max[a.keptAt(first + r)] = largest[r];
      reciprocal[a.keptAt(first + r)] = share;
    }
  }
  store(y + a.headStart(), a.width(), out, tokens, channels);
}

// The gradient of q, and delta = Σ over keys of p·dp, [images, heads, tokens], for the other kernel.
extern "C" __global__ void __launch_bounds__(THREADS) attentionBackwardQueries(
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
  const Attention a = {blockIdx.x, tokens, heads, channels};
  const int first = firstRow();
  float* keys = dynamic_shared;
  float* values = keys + tileSize(channels);
  float* weights = values + tileSize(channels) + warp() * ROWS * TILE;
  float deltas[ROWS] = {};
  float out[ROWS][SHARES] = {};
  for (int pass = 0; pass < 2; pass++) {
    for (int start = 0; start < tokens; start += TILE) {
      __syncthreads();  // The tile before has been read.
      loadTile(keys, a.part(qkv, 1), start);
      loadTile(values, a.part(qkv, 2), start);
      __syncthreads();
      float scores[ROWS];
      float slopes[ROWS];  // dp
      multiplyRows(scores, a.part(qkv, 0), keys);
      multiplyRows(slopes, a.head(dy), values);
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
        const bool valid = first + r < tokens && start + lane() < tokens;
        const long long row = a.keptAt(first + r);
        const float p = valid ? exponential(scale, scores[r], max[row]) * reciprocal[row] : 0.0f;
        if (pass == 0) {
          deltas[r] += laneSum<WARP>(p * slopes[r]);
        } else {
          weights[r * TILE + lane()] = p * (slopes[r] - deltas[r]) * scale;
        }
      }
      if (pass == 1) {
        __syncwarp();
        addWeighted(out, weights, keys, channels);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    if (lane() == 0 && first + r < tokens) {
      delta[a.keptAt(first + r)] = deltas[r];
    }
  }
  store(dqkv + a.partStart(0), 3 * a.width(), out, tokens, channels);
}

// The gradients of k and v.
extern "C" __global__ void __launch_bounds__(THREADS) attentionBackwardKeys(
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
  const Attention a = {blockIdx.x, tokens, heads, channels};
  float* queries = dynamic_shared;
  float* gradients = queries + tileSize(channels);
  float* weights = gradients + tileSize(channels) + warp() * ROWS * TILE;
  float dk[ROWS][SHARES] = {};
  float dv[ROWS][SHARES] = {};
  for (int start = 0; start < tokens; start += TILE) {
    __syncthreads();  // The tile before has been read.
    loadTile(queries, a.part(qkv, 0), start);
    loadTile(gradients, a.head(dy), start);
    __syncthreads();
    float scores[ROWS];
    float slopes[ROWS];  // dp
    multiplyRows(scores, a.part(qkv, 1), queries);
    multiplyRows(slopes, a.part(qkv, 2), gradients);
    const bool valid = start + lane() < tokens;
    const long long query = a.keptAt(start + lane());
    const float m = valid ? max[query] : 0.0f;
    const float share = valid ? reciprocal[query] : 0.0f;
    const float d = valid ? delta[query] : 0.0f;
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      scores[r] = valid ? exponential(scale, scores[r], m) * share : 0.0f;  // p from here on
      weights[r * TILE + lane()] = scores[r];
    }
    __syncwarp();
    addWeighted(dv, weights, gradients, channels);
    __syncwarp();
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      weights[r * TILE + lane()] = scores[r] * (slopes[r] - d) * scale;
    }
    __syncwarp();
    addWeighted(dk, weights, queries, channels);
  }
  store(dqkv + a.partStart(1), 3 * a.width(), dk, tokens, channels);
  store(dqkv + a.partStart(2), 3 * a.width(), dv, tokens, channels);
}

// The probabilities themselves, [images, heads, tokens, tokens], to look at. One warp has one query
// (y) of one head of one image (x).
extern "C" __global__ void attentionProbabilities(
    float* probabilities, const float* qkv, int tokens, int heads, int channels, float scale) {
  const Attention a = {blockIdx.x, tokens, heads, channels};
  const Rows keys = a.part(qkv, 1);
  const float* query = qkv + a.partStart(0) + blockIdx.y * keys.stride;
  float* row = probabilities + a.keptAt(blockIdx.y) * tokens;
  float largest = LOWEST;
  for (int key = lane(); key < tokens; key += WARP) {
    float product = 0;
    for (int c = 0; c < channels; c++) {
      product = fmaf(query[c], keys.first[key * keys.stride + c], product);
    }
    row[key] = scale * product;
    largest = fmaxf(largest, row[key]);
  }
  largest = laneMax<WARP>(largest);
  float sum = 0;
  for (int key = lane(); key < tokens; key += WARP) {
    row[key] = expf(row[key] - largest);
    sum += row[key];
  }
  const float share = 1.0f / laneSum<WARP>(sum);
  for (int key = lane(); key < tokens; key += WARP) {
    row[key] *= share;
  }
}
