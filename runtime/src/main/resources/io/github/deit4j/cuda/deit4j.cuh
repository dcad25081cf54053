// What the kernels share: thread numbers, sums in a fixed order, BF16 and tensor cores.
//
// No header of the CUDA toolkit is included, since a machine with only the driver has none. Where
// the device has an instruction, inline PTX uses it; the plain C++ beside it says what it does and
// is what runs when the kernels are compiled for a host.
#pragma once

constexpr int WARP = 32;
constexpr int MOST_WARPS = 32;
constexpr unsigned ALL_LANES = 0xffffffffu;

// Below every finite number; e to the power of it is 0.
constexpr float LOWEST = -3.402823466e38f;

// e^(scale·x − max), rounded once before the exponential. Written out, since a compiler may
// contract it in one kernel and not in another: what is recomputed later would differ by the
// rounding of a score, and probabilities no longer sum to 1.
__device__ __forceinline__ float exponential(float scale, float x, float max) {
  return expf(fmaf(scale, x, -max));
}

__device__ __forceinline__ int lane() { return threadIdx.x % WARP; }

__device__ __forceinline__ int warp() { return threadIdx.x / WARP; }

// For loops of all threads of the grid over many elements.
__device__ __forceinline__ long long firstElement() {
  return (long long)blockIdx.x * blockDim.x + threadIdx.x;
}

__device__ __forceinline__ long long elementStride() { return (long long)gridDim.x * blockDim.x; }

// --- Sums, maxima, minima in a fixed order, so that every run has the same bits -----------------------

// One number for lanes whose numbers differ in the lowest bits only: 4 neighbours or a whole warp.
// Every lane gets it, with the same bits, where combine(a, b) = combine(b, a).
template <int LANES, typename T, typename Combine>
__device__ __forceinline__ T laneReduce(T value, Combine combine) {
#pragma unroll
  for (int distance = LANES / 2; distance > 0; distance /= 2) {
    value = combine(value, __shfl_xor_sync(ALL_LANES, value, distance));
  }
  return value;
}

template <int LANES, typename T>
__device__ __forceinline__ T laneSum(T value) {
  return laneReduce<LANES>(value, [](T a, T b) { return a + b; });
}

template <int LANES>
__device__ __forceinline__ float laneMax(float value) {
  return laneReduce<LANES>(value, [](float a, float b) { return fmaxf(a, b); });
}

// One number for a block of whole warps: combined within each warp, then warp after warp.
template <typename T, typename Combine>
__device__ T blockReduce(T value, Combine combine) {
  __shared__ T parts[MOST_WARPS];
  const T part = laneReduce<WARP>(value, combine);
  __syncthreads();  // The parts of the call before have been read.
  if (lane() == 0) {
    parts[warp()] = part;
  }
  __syncthreads();
  T whole = parts[0];
  for (int i = 1; i < (int)blockDim.x / WARP; i++) {
    whole = combine(whole, parts[i]);
  }
  return whole;
}

template <typename T>
__device__ __forceinline__ T blockSum(T value) {
  return blockReduce(value, [](T a, T b) { return a + b; });
}

__device__ __forceinline__ float blockMax(float value) {
  return blockReduce(value, [](float a, float b) { return fmaxf(a, b); });
}

__device__ __forceinline__ int blockMin(int value) {
  return blockReduce(value, [](int a, int b) { return a < b ? a : b; });
}

// --- BF16: the upper half of a float -------------------------------------------------------------

#ifdef __CUDA_ARCH__
__device__ __forceinline__ unsigned bitsOf(float x) { return __float_as_uint(x); }

__device__ __forceinline__ float floatOf(unsigned bits) { return __uint_as_float(bits); }
#else
__device__ __forceinline__ unsigned bitsOf(float x) {
  unsigned bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

__device__ __forceinline__ float floatOf(unsigned bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}
#endif

// Rounds to the nearest, ties to even; NaN stays NaN.
__device__ __forceinline__ unsigned short bfloat16(float x) {
  const unsigned bits = bitsOf(x);
  const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
  return (unsigned short)((nan ? bits | 0x400000u : bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

// Two numbers side by side, the first in the lower half, as tensor cores take them.
__device__ __forceinline__ unsigned bfloat16Pair(float first, float second) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  unsigned pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
  return pair;
#else
  return bfloat16(first) | (unsigned)bfloat16(second) << 16;
#endif
}

// --- Tensor cores: c += a·b for c [16, 8], a [16, 16], b [16, 8] ---------------------------------
//
// The 32 lanes of a warp hold the matrices together (PTX ISA, mma.m16n8k16). With row = lane/4 and
// pair = 2·(lane mod 4), a lane has
//   a[0], a[1]: a's rows row and row+8, columns pair and pair+1; a[2], a[3]: 8 columns to the right
//   b[0]: b's rows pair and pair+1 of column row; b[1]: 8 rows below
//   c[0], c[1]: c's row row, columns pair and pair+1; c[2], c[3]: 8 rows below

__device__ __forceinline__ int fragmentRow() { return lane() / 4; }

__device__ __forceinline__ int fragmentPair() { return 2 * (lane() % 4); }

__device__ __forceinline__ void multiplyAdd(
    float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  // Volatile, so that it is not moved behind a branch that only some lanes of the warp take.
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  for (int step = 0; step < 8; step++) {  // a's columns and b's rows 2·step and 2·step+1
    const int half = step / 4;
    const int leftLane = 4 * fragmentRow() + step % 4;
    const int rightLane = 4 * fragmentPair() + step % 4;
    const unsigned left[2] = {
        __shfl_sync(ALL_LANES, a[2 * half], leftLane),
        __shfl_sync(ALL_LANES, a[2 * half + 1], leftLane)};
    const unsigned right[2] = {
        __shfl_sync(ALL_LANES, b[half], rightLane),
        __shfl_sync(ALL_LANES, b[half], rightLane + 4)};
    for (int i = 0; i < 4; i++) {
      const unsigned x = left[i / 2];
      const unsigned y = right[i % 2];
      c[i] = fmaf(floatOf(x << 16), floatOf(y << 16), c[i]);
      c[i] = fmaf(floatOf(x & 0xffff0000u), floatOf(y & 0xffff0000u), c[i]);
    }
  }
#endif
}

// --- Copies from global to shared memory that go on while a thread computes ------------------------
//
// Of 16 bytes each, at addresses that are multiples of 16. A thread sees its own copies after wait,
// the others of the block after a barrier behind that.

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
__device__ __forceinline__ unsigned sharedAddress(const void* generic) {
  unsigned address;
  asm("{ .reg .u64 wide; cvta.to.shared.u64 wide, %1; cvt.u32.u64 %0, wide; }"
      : "=r"(address)
      : "l"(generic));
  return address;
}

struct AsyncCopies {
  // Copies, or writes zeros.
  __device__ __forceinline__ void copy(void* to, const void* from, bool exists) {
    const int bytes = exists ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 :
                 : "r"(sharedAddress(to)), "l"(from), "r"(bytes)
                 : "memory");
  }

  // Ends a group of copies.
  __device__ __forceinline__ void commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

  // Waits for all groups but the last so many.
  template <int LATER>
  __device__ __forceinline__ void wait() {
    asm volatile("cp.async.wait_group %0;" : : "n"(LATER) : "memory");
  }
};
#else
struct alignas(16) AsyncPiece {
  unsigned words[4];
};

// Copies as late as it may.
struct AsyncCopies {
  static constexpr int MOST = 64;
  struct {
    AsyncPiece* to;
    const AsyncPiece* from;
    bool exists;
    int group;
  } pending[MOST];
  int count = 0;
  int group = 0;

  __device__ void copy(void* to, const void* from, bool exists) {
    pending[count++] = {
        static_cast<AsyncPiece*>(to), static_cast<const AsyncPiece*>(from), exists, group};
  }

  __device__ void commit() { group++; }

  template <int LATER>
  __device__ void wait() {
    int left = 0;
    for (int i = 0; i < count; i++) {
      if (pending[i].group >= group - LATER) {
        pending[left++] = pending[i];
      } else {
        *pending[i].to = pending[i].exists ? *pending[i].from : AsyncPiece{};
      }
    }
    count = left;
  }
};
#endif

// The right operands b of multiplyAdd, for columns column to column + 7 of a matrix and, in the other
// half, for the eight behind them, from BF16 rows in shared memory that are so many elements apart:
// rows row to row + 15. Rows lie at multiples of 16 bytes.
__device__ __forceinline__ void loadRight(
    unsigned (&b)[2][2], const unsigned short* matrix, int stride, int row, int column) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  // A lane says where a row of eight begins; ldmatrix turns each of four [8, 8] matrices.
  const unsigned short* own = matrix + (row + lane() % 16) * stride + column + lane() / 16 * 8;
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(b[0][0]), "=r"(b[0][1]), "=r"(b[1][0]), "=r"(b[1][1])
      : "r"(sharedAddress(own))
      : "memory");
#else
  for (int half = 0; half < 2; half++) {
    for (int below = 0; below < 2; below++) {
      const unsigned short* first = matrix + (row + 8 * below + fragmentPair()) * stride + column +
                                    8 * half + fragmentRow();
      b[half][below] = first[0] | (unsigned)first[stride] << 16;
    }
  }
#endif
}
