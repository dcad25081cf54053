// Maps by channels: a block has 32 channels (x), of which each lane of its warps has one; the warps
// share the pixels.
#pragma once

#include "deit4j.cuh"

constexpr int WARPS = 8;
constexpr int CHANNEL_THREADS = WARPS * WARP;

__device__ __forceinline__ int channel() { return blockIdx.x * WARP + lane(); }

// The sum over the block's warps, added in order. All threads take part.
__device__ __forceinline__ float sumOfWarps(float value) {
  __shared__ float sums[WARPS][WARP];
  __syncthreads();  // The sums of the call before have been read.
  sums[warp()][lane()] = value;
  __syncthreads();
  float total = sums[0][lane()];
  for (int i = 1; i < WARPS; i++) {
    total += sums[i][lane()];
  }
  return total;
}
