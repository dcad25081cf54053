// Attention as in attention.cu, of activations in BF16, its products on tensor cores: sums and softmax
// in float32, no matrix of scores in memory (Dao et al. 2022).
//
// A block has one head of one image (x) and WARPS·ROWS of its queries or keys, its own rows (y). A
// warp's 16 own rows are left operands in registers; tiles of the other side lie in shared memory as
// they do in global memory, the next one on its way while one is used. Heads have 16, 32, 48 or 64
// channels.
#include "attention.cuh"

constexpr int WARPS = 4;
constexpr int THREADS = WARPS * WARP;
constexpr int ROWS = 16;      // own rows of a warp
constexpr int TILE = 32;      // rows of a tile
constexpr int CHANNELS = 64;  // most channels of a head
constexpr int STEPS = CHANNELS / 16;
constexpr int PIECE = 8;  // numbers that are copied at once
// 36 words: the 32 lanes of a fragment, and eight rows of ldmatrix, meet 32 banks.
constexpr int STRIDE = CHANNELS + 8;
constexpr int STAGES = 2;

// A tile, rows at multiples of 16 bytes.
struct alignas(16) Tile {
  unsigned short rows[TILE][STRIDE];
};

// One head of one image in BF16: rows that are so many elements apart.
struct Halves {
  const unsigned short* first;
  long long stride;
  int tokens;
  int channels;

  // Two channels of a row, side by side; zeros after the last row.
  __device__ unsigned pair(int row, int channel) const {
    return row < tokens ? *reinterpret_cast<const unsigned*>(first + row * stride + channel) : 0;
  }
};

struct Heads {
  Attention at;

  __device__ Halves part(const unsigned short* qkv, int part) const {
    return {qkv + at.partStart(part), 3 * at.width(), at.tokens, at.channels};
  }

  __device__ Halves head(const unsigned short* x) const {
    return {x + at.headStart(), at.width(), at.tokens, at.channels};
  }
};

// Left operands of the warp's own rows: one of [16, 16] for every 16 channels.
struct Left {
  unsigned steps[STEPS][4];
};

__device__ __forceinline__ Left loadLeft(const Halves& x, int firstRow) {
  Left left = {};
  const int row = firstRow + fragmentRow();
#pragma unroll
  for (int step = 0; step < STEPS; step++) {
    if (16 * step < x.channels) {
      const int channel = 16 * step + fragmentPair();
      left.steps[step][0] = x.pair(row, channel);
      left.steps[step][1] = x.pair(row + 8, channel);
      left.steps[step][2] = x.pair(row, channel + 8);
      left.steps[step][3] = x.pair(row + 8, channel + 8);
    }
  }
  return left;
}

__device__ __forceinline__ float lower(unsigned pair) { return floatOf(pair << 16); }

__device__ __forceinline__ float upper(unsigned pair) { return floatOf(pair & 0xffff0000u); }

// Σ of products of two rows' own numbers in left operands: of row 0 or, with 1, 8 below.
__device__ __forceinline__ float rowProduct(const Left& a, const Left& b, int half) {
  float sum = 0;
#pragma unroll
  for (int step = 0; step < STEPS; step++) {
#pragma unroll
    for (int side = 0; side < 2; side++) {
      const unsigned x = a.steps[step][2 * side + half];
      const unsigned y = b.steps[step][2 * side + half];
      sum = fmaf(lower(x), lower(y), sum);
      sum = fmaf(upper(x), upper(y), sum);
    }
  }
  return laneSum<4>(sum);
}

// Begins to copy rows of x, from start on, into a tile; zeros after the last row.
__device__ __forceinline__ void loadTile(AsyncCopies& copies, Tile& tile, const Halves& x, int start) {
  const int pieces = x.channels / PIECE;
  for (int i = threadIdx.x; i < TILE * pieces; i += THREADS) {
    const int row = i / pieces;
    const int channel = i % pieces * PIECE;
    const bool exists = start + row < x.tokens;
    const long long from = exists ? (start + row) * x.stride : 0;
    copies.copy(&tile.rows[row][channel], x.first + from + channel, exists);
  }
}

// Of a [16, 32] matrix of the warp, what a lane has: eight columns in each quarter.
typedef float Scores[TILE / 8][4];

// Of a [16, channels] matrix of the warp, what a lane has.
typedef float Sums[CHANNELS / 8][4];

// products = own rows · rows of the tile.
__device__ __forceinline__ void multiplyRows(
    Scores& products, const Left& left, const Tile& tile, int channels) {
#pragma unroll
  for (int n = 0; n < TILE / 8; n++) {
    for (int i = 0; i < 4; i++) {
      products[n][i] = 0;
    }
    const unsigned* row = reinterpret_cast<const unsigned*>(tile.rows[8 * n + fragmentRow()]);
#pragma unroll
    for (int step = 0; step < STEPS; step++) {
      if (16 * step < channels) {
        const int word = 8 * step + fragmentPair() / 2;
        const unsigned right[2] = {row[word], row[word + 4]};
        multiplyAdd(products[n], left.steps[step], right);
      }
    }
  }
}

// sums += weights [16, 32] · the tile's rows.
__device__ __forceinline__ void addWeighted(
    Sums& sums, const Scores& weights, const Tile& tile, int channels) {
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
    for (int n = 0; n < CHANNELS / 8; n += 2) {
      if (8 * n < channels) {
        unsigned right[2][2];
        loadRight(right, tile.rows[0], STRIDE, 16 * step, 8 * n);
        multiplyAdd(sums[n], left, right[0]);
        multiplyAdd(sums[n + 1], left, right[1]);
      }
    }
  }
}

__device__ __forceinline__ void store(
    unsigned short* first, long long stride, const Sums& sums, int firstRow, int tokens, int channels) {
#pragma unroll
  for (int n = 0; n < CHANNELS / 8; n++) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int row = firstRow + fragmentRow() + 8 * half;
      const int channel = 8 * n + fragmentPair();
      if (row < tokens && channel < channels) {
        *reinterpret_cast<unsigned*>(first + row * stride + channel) =
            bfloat16Pair(sums[n][2 * half], sums[n][2 * half + 1]);
      }
    }
  }
}

// Walks over the tiles of two sides: use(start, tile of a, tile of b).
template <typename Use>
__device__ __forceinline__ void forTiles(
    Tile (&first)[STAGES], Tile (&second)[STAGES], const Halves& a, const Halves& b, Use use) {
  AsyncCopies copies;
  loadTile(copies, first[0], a, 0);
  loadTile(copies, second[0], b, 0);
  copies.commit();
  int stage = 0;
  for (int start = 0; start < a.tokens; start += TILE) {
    if (start + TILE < a.tokens) {
      loadTile(copies, first[1 - stage], a, start + TILE);
      loadTile(copies, second[1 - stage], b, start + TILE);
    }
    copies.commit();
    copies.wait<1>();
    __syncthreads();
    use(start, first[stage], second[stage]);
    __syncthreads();  // The tile has been read, and is the next but one.
    stage = 1 - stage;
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) attentionBfloat16(
    unsigned short* y,
    float* max,
    float* reciprocal,
    const unsigned short* qkv,
    int tokens,
    int heads,
    int channels,
    float scale) {
  __shared__ Tile keys[STAGES];
  __shared__ Tile values[STAGES];
  const Attention a = {blockIdx.x, tokens, heads, channels};
  const Heads h = {a};
  const int firstRow = (blockIdx.y * WARPS + warp()) * ROWS;
  const Left queries = loadLeft(h.part(qkv, 0), firstRow);
  float largest[2] = {LOWEST, LOWEST};  // of rows fragmentRow() and 8 below
  float sum[2] = {};
  Sums out = {};
  forTiles(
      keys, values, h.part(qkv, 1), h.part(qkv, 2),
      [&](int start, const Tile& keyTile, const Tile& valueTile) {
        Scores scores;
        multiplyRows(scores, queries, keyTile, channels);
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
        addWeighted(out, scores, valueTile, channels);
      });
  float share[2];
#pragma unroll
  for (int half = 0; half < 2; half++) {
    share[half] = 1.0f / laneSum<4>(sum[half]);
    const int row = firstRow + fragmentRow() + 8 * half;
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
  store(y + a.headStart(), a.width(), out, firstRow, tokens, channels);
}

// What the blocks of the gradients of queries and of keys share.
struct Backward {
  unsigned short* dqkv;
  const unsigned short* dy;
  const unsigned short* y;
  const unsigned short* qkv;
  const float* max;
  const float* reciprocal;
  float scale;
  Attention a;
  Heads h;

  // dq. Σ over keys of p·dp is Σ over channels of y·dy.
  __device__ void queries(Tile (&keys)[STAGES], Tile (&values)[STAGES], int firstRow) const {
    const Left own = loadLeft(h.part(qkv, 0), firstRow);
    const Left gradients = loadLeft(h.head(dy), firstRow);
    float deltas[2];
    {
      const Left results = loadLeft(h.head(y), firstRow);
      deltas[0] = rowProduct(gradients, results, 0);
      deltas[1] = rowProduct(gradients, results, 1);
    }
    float m[2] = {};
    float share[2] = {};
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int row = firstRow + fragmentRow() + 8 * half;
      if (row < a.tokens) {
        m[half] = max[a.keptAt(row)];
        share[half] = reciprocal[a.keptAt(row)];
      }
    }
    Sums out = {};
    forTiles(
        keys, values, h.part(qkv, 1), h.part(qkv, 2),
        [&](int start, const Tile& keyTile, const Tile& valueTile) {
          Scores scores;
          Scores slopes;  // dp
          multiplyRows(scores, own, keyTile, a.channels);
          multiplyRows(slopes, gradients, valueTile, a.channels);
#pragma unroll
          for (int n = 0; n < TILE / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
              const int key = start + 8 * n + fragmentPair() + i % 2;
              const float p = key < a.tokens
                                  ? exponential(scale, scores[n][i], m[i / 2]) * share[i / 2]
                                  : 0.0f;
              scores[n][i] = p * (slopes[n][i] - deltas[i / 2]) * scale;
            }
          }
          addWeighted(out, scores, keyTile, a.channels);
        });
    store(dqkv + a.partStart(0), 3 * a.width(), out, firstRow, a.tokens, a.channels);
  }

  // dk and dv. What is known of a tile's queries lies in shared memory beside it.
  __device__ void keys(
      Tile (&queries)[STAGES],
      Tile (&gradients)[STAGES],
      float (&kept)[3][TILE],
      int firstRow) const {
    const Left own = loadLeft(h.part(qkv, 1), firstRow);
    const Left values = loadLeft(h.part(qkv, 2), firstRow);
    Sums dk = {};
    Sums dv = {};
    forTiles(
        queries, gradients, h.part(qkv, 0), h.head(dy),
        [&](int start, const Tile& queryTile, const Tile& gradientTile) {
          keep(kept, gradientTile, start);
          __syncthreads();
          Scores scores;
          Scores slopes;  // dp
          multiplyRows(scores, own, queryTile, a.channels);
          multiplyRows(slopes, values, gradientTile, a.channels);
#pragma unroll
          for (int n = 0; n < TILE / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
              const int query = 8 * n + fragmentPair() + i % 2;
              // A reciprocal of 0 after the last query.
              const float p = exponential(scale, scores[n][i], kept[0][query]) * kept[1][query];
              scores[n][i] = p;
              slopes[n][i] = p * (slopes[n][i] - kept[2][query]) * scale;
            }
          }
          addWeighted(dv, scores, gradientTile, a.channels);
          addWeighted(dk, slopes, queryTile, a.channels);
        });
    store(dqkv + a.partStart(1), 3 * a.width(), dk, firstRow, a.tokens, a.channels);
    store(dqkv + a.partStart(2), 3 * a.width(), dv, firstRow, a.tokens, a.channels);
  }

  // Maximum, reciprocal sum and Σ y·dy of a tile's queries: four neighbouring lanes have one. The sum
  // is added in the order of rowProduct, so that it has the same bits as in queries().
  __device__ void keep(float (&kept)[3][TILE], const Tile& gradientTile, int start) const {
    const int row = threadIdx.x / 4;
    const Halves results = h.head(y);
    float sum = 0;
    for (int channel = 2 * (threadIdx.x % 4); channel < a.channels; channel += 8) {
      const unsigned slope =
          *reinterpret_cast<const unsigned*>(&gradientTile.rows[row][channel]);
      const unsigned result = results.pair(start + row, channel);
      sum = fmaf(lower(slope), lower(result), sum);
      sum = fmaf(upper(slope), upper(result), sum);
    }
    sum = laneSum<4>(sum);
    if (threadIdx.x % 4 == 0) {
      const bool exists = start + row < a.tokens;
      kept[0][row] = exists ? max[a.keptAt(start + row)] : 0.0f;
      kept[1][row] = exists ? reciprocal[a.keptAt(start + row)] : 0.0f;
      kept[2][row] = sum;
    }
  }
};

// The gradients of q, k and v: the first half of the blocks along y has queries, the other keys.
extern "C" __global__ void __launch_bounds__(THREADS) attentionBackwardBfloat16(
    unsigned short* dqkv,
    const unsigned short* dy,
    const unsigned short* y,
    const unsigned short* qkv,
    const float* max,
    const float* reciprocal,
    int tokens,
    int heads,
    int channels,
    float scale) {
  __shared__ Tile first[STAGES];
  __shared__ Tile second[STAGES];
  __shared__ float kept[3][TILE];
  const Attention a = {blockIdx.x, tokens, heads, channels};
  const Backward backward = {dqkv, dy, y, qkv, max, reciprocal, scale, a, {a}};
  const int blocks = gridDim.y / 2;
  const int firstRow = (blockIdx.y % blocks * WARPS + warp()) * ROWS;
  if (blockIdx.y < blocks) {
    backward.queries(first, second, firstRow);
  } else {
    backward.keys(first, second, kept, firstRow);
  }
}
