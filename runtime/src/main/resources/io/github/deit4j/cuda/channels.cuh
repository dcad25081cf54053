// Maps by channels: a block has 32 channels (x), of which each lane of its warps has one; the warps
// share the pixels.
#pragma once

#include "deit4j.cuh"

constexpr int WARPS = 8;
constexpr int CHANNEL_THREADS = WARPS * WARP;

__device__ __forceinline__ int channel() { return blockIdx.x * WARP + lane(); }

// The number of a thread's channel; 0 for a lane without one.
__device__ __forceinline__ float ofChannel(const float* numbers, int channels) {
  return channel() < channels ? numbers[channel()] : 0.0f;
}

// Pixels of a thread whose numbers are read before any of them is used.
constexpr int AT_ONCE = 8;

// The numbers of a thread's channel in some pixels of a map: where the first lies, and from one to
// the next.
struct Share {
  long long first;
  long long end;
  long long step;

  // Nothing for a lane without a channel.
  __device__ Share(int channels, long long startPixel, long long endPixel) {
    end = endPixel * channels;
    step = (long long)WARPS * channels;
    first = channel() < channels ? (startPixel + warp()) * channels + channel() : end;
  }

  // For each place i in memory, of which k counts up to AT_ONCE: some read(k, i), then as many
  // use(k, i).
  template <typename Read, typename Use>
  __device__ __forceinline__ void each(Read read, Use use) const {
    for (long long i = first; i < end; i += AT_ONCE * step) {
#pragma unroll
      for (int k = 0; k < AT_ONCE; k++) {
        if (i + k * step < end) {
          read(k, i + k * step);
        }
      }
#pragma unroll
      for (int k = 0; k < AT_ONCE; k++) {
        if (i + k * step < end) {
          use(k, i + k * step);
        }
      }
    }
  }
};

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
