// Comes before every kernel source: CUDA C++ as far as the kernels use it, for the host's compiler.
// What is missing here, such as atomics, does not compile.
#pragma once

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
// One block at a time runs, on one thread of the host. The compiler of the stand-in turns `extern
// __shared__ T name[]` into a macro.
#define __shared__ static thread_local

// Four numbers that are read and written at once, as the device does.
struct alignas(16) float4 {
  float x, y, z, w;

  float4() = default;
  float4(float x, float y, float z, float w) : x(x), y(y), z(z), w(w) {}
  float4(const float4& other) { *this = other; }
  float4& operator=(const float4& other) {
    typedef float All __attribute__((vector_size(16), may_alias));
    *reinterpret_cast<All*>(this) = reinterpret_cast<const All&>(other);
    return *this;
  }
};

struct standin_Index {
  unsigned x, y, z;
};

struct standin_Registers {
  standin_Index threadIdx, blockIdx, blockDim, gridDim;
  char* dynamicShared;
};

extern "C" {
// Has the loader make a place for shared memory before the first block looks for it.
thread_local char standin_shared;
// Of the thread that runs, for which they never change.
extern const standin_Registers standin_registers;
void standin_barrier(const char* file, int line);
// Puts the memory of the warp in order only where told so, as the device does.
const unsigned long long* standin_exchange(
    unsigned mask, unsigned long long value, bool orders, const char* file, int line);
}

#define threadIdx standin_registers.threadIdx
#define blockIdx standin_registers.blockIdx
#define blockDim standin_registers.blockDim
#define gridDim standin_registers.gridDim

inline void __syncthreads(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  standin_barrier(file, line);
}

inline void __syncwarp(
    unsigned mask = ~0u, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  standin_exchange(mask, 0, true, file, line);
}

template <typename T>
T standin_shuffle(unsigned mask, T value, unsigned lane, const char* file, int line) {
  static_assert(sizeof(T) <= 8 && std::is_arithmetic_v<T>, "shuffles are of numbers");
  unsigned long long bits = 0;
  __builtin_memcpy(&bits, &value, sizeof value);
  bits = standin_exchange(mask, bits, false, file, line)[lane % 32];
  T result;
  __builtin_memcpy(&result, &bits, sizeof result);
  return result;
}

inline unsigned standin_lane() {
  return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % 32;
}

template <typename T>
T __shfl_sync(unsigned mask, T value, int lane, const char* file = __builtin_FILE(),
              int line = __builtin_LINE()) {
  return standin_shuffle(mask, value, lane, file, line);
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int distance, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  return standin_shuffle(mask, value, standin_lane() ^ distance, file, line);
}

template <typename T>
T __shfl_down_sync(unsigned mask, T value, int distance, const char* file = __builtin_FILE(),
                   int line = __builtin_LINE()) {
  const unsigned lane = standin_lane();
  return standin_shuffle(mask, value, lane + distance < 32 ? lane + distance : lane, file, line);
}

// How the driver calls a kernel: parameters one after the other, each of some size, pointers marked,
// and those of them to tables of further pointers (tables.cuh).
struct standin_Kernel {
  void (*run)(void** parameters);
  int count;
  const unsigned char* sizes;
  const bool* pointers;
  const bool* tables;
};

template <auto FUNCTION, typename... P>
struct standin_Caller {
  static constexpr unsigned char sizes[] = {sizeof(P)...};
  static constexpr bool pointers[] = {std::is_pointer_v<P>...};
  static constexpr bool tables[] = {std::is_same_v<P, const long long*>...};

  // What the driver itself reads is not watched.
  template <size_t... I>
  __attribute__((no_sanitize_thread)) static void call(void** parameters, std::index_sequence<I...>) {
    FUNCTION(*static_cast<std::remove_const_t<P>*>(parameters[I])...);
  }

  static void run(void** parameters) { call(parameters, std::index_sequence_for<P...>()); }
};

template <auto FUNCTION, typename... P>
standin_Kernel standin_describe(void (*)(P...)) {
  using Caller = standin_Caller<FUNCTION, P...>;
  return {Caller::run, sizeof...(P), Caller::sizes, Caller::pointers, Caller::tables};
}

#define STANDIN_DESCRIBE(name) \
  extern "C" standin_Kernel standin_kernel_##name() { return standin_describe<name>(name); }
// The name may be a macro's.
#define STANDIN_KERNEL(name) STANDIN_DESCRIBE(name)
