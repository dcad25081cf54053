// Kernels that each have one fault if they are told so, and none if not, for CudaPlantedFaultsTest.
#include "deit4j.cuh"

constexpr int THREADS = 64;

// Reads what another warp has written to shared memory.
extern "C" __global__ void barrier(float* y, const float* x, int fault) {
  __shared__ float shared[THREADS];
  shared[threadIdx.x] = 0;
  __syncthreads();
  shared[threadIdx.x] = x[threadIdx.x];
  if (!fault) {
    __syncthreads();
  }
  y[threadIdx.x] = shared[(threadIdx.x + WARP) % THREADS];
}

// The same in global memory.
extern "C" __global__ void globalBarrier(float* y, float* z, const float* x, int fault) {
  z[threadIdx.x] = 0;
  __syncthreads();
  z[threadIdx.x] = x[threadIdx.x];
  if (!fault) {
    __syncthreads();
  }
  y[threadIdx.x] = z[(threadIdx.x + WARP) % THREADS];
}

// Writes what another warp has yet to read.
extern "C" __global__ void secondBarrier(float* y, const float* x, int fault) {
  __shared__ float shared[THREADS];
  shared[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  const float other = shared[(threadIdx.x + WARP) % THREADS];
  if (!fault) {
    __syncthreads();
  }
  shared[threadIdx.x] = 2 * other;
  y[threadIdx.x] = shared[threadIdx.x];
}

// Lanes of a warp do not run in step.
extern "C" __global__ void warpSync(float* y, const float* x, int fault) {
  __shared__ float shared[THREADS];
  shared[threadIdx.x] = 0;
  __syncwarp();
  shared[threadIdx.x] = x[threadIdx.x];
  if (!fault) {
    __syncwarp();
  }
  y[threadIdx.x] = shared[threadIdx.x ^ 1];
}

// A shuffle lets lanes meet, but puts no memory in order.
extern "C" __global__ void shuffle(float* y, const float* x, int fault) {
  __shared__ float shared[THREADS];
  shared[threadIdx.x] = 0;
  __syncwarp();
  shared[threadIdx.x] = x[threadIdx.x];
  const float other = __shfl_xor_sync(ALL_LANES, x[threadIdx.x], 1);
  if (!fault) {
    __syncwarp();
  }
  y[threadIdx.x] = shared[threadIdx.x ^ 1] + other;
}

// Lanes that write what another of them has yet to read.
extern "C" __global__ void secondWarpSync(float* y, const float* x, int fault) {
  __shared__ float shared[THREADS];
  shared[threadIdx.x] = x[threadIdx.x];
  __syncwarp();
  const float other = shared[threadIdx.x ^ 1];
  if (!fault) {
    __syncwarp();
  }
  shared[threadIdx.x] = other;
  y[threadIdx.x] = other;
}

// Two blocks write to the same place.
extern "C" __global__ void blocks(float* y, int fault) {
  y[fault ? threadIdx.x : threadIdx.x + blockIdx.x * THREADS] = blockIdx.x;
}

// One block reads what another may have written.
extern "C" __global__ void otherBlock(float* y, int fault) {
  const int i = threadIdx.x + blockIdx.x * THREADS;
  y[i] = i;
  y[i] = y[fault && blockIdx.x == 1 ? 0 : i] + 1;
}

// Four numbers at once must lie at a multiple of 16 bytes.
extern "C" __global__ void alignment(float* y, const float* x, int fault) {
  if (threadIdx.x < 4) {
    const float4 four = *reinterpret_cast<const float4*>(x + 4 * threadIdx.x + fault);
    y[threadIdx.x] = four.x + four.y + four.z + four.w;
  }
}

extern "C" __global__ void readBehind(float* y, const float* x, int fault) {
  y[threadIdx.x] = x[threadIdx.x + fault];
}

extern "C" __global__ void readBefore(float* y, const float* x, int fault) {
  const int i = threadIdx.x;
  y[i] = x[i - fault];
}

extern "C" __global__ void writeBehind(float* y, const float* x, int fault) {
  y[threadIdx.x + fault] = x[threadIdx.x];
}

// Memory that is live, but of no argument.
extern "C" __global__ void readElsewhere(float* y, const float* x, long long distance, int fault) {
  y[threadIdx.x] = x[threadIdx.x + fault * distance];
}

extern "C" __global__ void sharedBounds(float* y, const float* x, int fault) {
  __shared__ float shared[THREADS];
  __shared__ float behind[THREADS];
  shared[threadIdx.x + fault] = x[threadIdx.x];
  behind[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = behind[threadIdx.x];
}

extern __shared__ float dynamic_shared[];

extern "C" __global__ void dynamicBounds(float* y, const float* x, int fault) {
  dynamic_shared[threadIdx.x + fault] = x[threadIdx.x];
  y[threadIdx.x] = dynamic_shared[threadIdx.x + fault];
}

extern "C" __global__ void uninitialised(
    float* y, const float* x, const float* nothing, int fault) {
  y[threadIdx.x] = fault ? nothing[threadIdx.x] : x[threadIdx.x];
}

extern "C" __global__ void uninitialisedShared(float* y, const float* x, int fault) {
  __shared__ float shared[THREADS];
  if (!fault) {
    shared[threadIdx.x] = x[threadIdx.x];
  }
  y[threadIdx.x] = shared[threadIdx.x];
}

struct alignas(16) Copied {
  float numbers[THREADS];
};

// Begins to copy x to shared memory, 16 bytes a thread.
__device__ __forceinline__ void beginCopy(AsyncCopies& copies, Copied& to, const float* x, int fault) {
  if (threadIdx.x < THREADS / 4) {
    const int shift = threadIdx.x < THREADS / 4 - 1 ? fault : 0;
    copies.copy(&to.numbers[4 * threadIdx.x], x + 4 * threadIdx.x + shift, true);
  }
  copies.commit();
}

// The group of copies that is awaited is the one before.
extern "C" __global__ void copyNotAwaited(float* y, const float* x, int fault) {
  __shared__ Copied shared;
  AsyncCopies copies;
  beginCopy(copies, shared, x, 0);
  if (fault) {
    copies.wait<1>();
  } else {
    copies.wait<0>();
  }
  __syncthreads();
  y[threadIdx.x] = shared.numbers[threadIdx.x];
}

// A thread has waited for its own copies, and reads those of others.
extern "C" __global__ void copyOfOthers(float* y, const float* x, int fault) {
  __shared__ Copied shared;
  AsyncCopies copies;
  shared.numbers[threadIdx.x] = 0;
  __syncthreads();
  beginCopy(copies, shared, x, 0);
  copies.wait<0>();
  if (!fault) {
    __syncthreads();
  }
  y[threadIdx.x] = shared.numbers[(threadIdx.x + WARP) % THREADS];
}

extern "C" __global__ void copyAlignment(float* y, const float* x, int fault) {
  __shared__ Copied shared;
  AsyncCopies copies;
  beginCopy(copies, shared, x, fault);
  copies.wait<0>();
  __syncthreads();
  y[threadIdx.x] = shared.numbers[threadIdx.x];
}
