// Where the heads of one attention op lie in memory. qkv is [images, tokens, 3·width]: q, k and v
// side by side, head after head within each; width is heads·channels.
#pragma once

#include "deit4j.cuh"

// One head of one image: rows that are so many elements apart.
struct Rows {
  const float* first;
  long long stride;
  int tokens;
  int channels;

  __device__ float at(int row, int channel) const {
    return row < tokens ? first[row * stride + channel] : 0.0f;
  }
};

struct Attention {
  long long unit;  // image·heads + head
  int tokens;
  int heads;
  int channels;

  __device__ long long width() const { return (long long)heads * channels; }

  // Where q (0), k (1) or v (2) begins in qkv.
  __device__ long long partStart(int part) const {
    return unit / heads * tokens * 3 * width() + part * width() + unit % heads * channels;
  }

  __device__ Rows part(const float* qkv, int part) const {
    return {qkv + partStart(part), 3 * width(), tokens, channels};
  }

  // Where the head begins in [images, tokens, width].
  __device__ long long headStart() const {
    return unit / heads * tokens * width() + unit % heads * channels;
  }

  __device__ Rows head(const float* x) const {
    return {x + headStart(), width(), tokens, channels};
  }

  // Where a row's number lies in [images, heads, tokens].
  __device__ long long keptAt(int row) const { return unit * tokens + row; }
};
