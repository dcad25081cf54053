// What activations and their gradients are in memory: float32, or BF16 where the backend computes in
// that. A file that includes this is compiled for both; kernels of activations are named by KERNEL,
// so that both have names of their own. Arithmetic is float32: a number is rounded where it is stored.
#pragma once

#include "deit4j.cuh"

#ifdef BFLOAT16_ACTIVATIONS
typedef unsigned short Activation;
#define KERNEL(name) name##Bfloat16
#else
typedef float Activation;
#define KERNEL(name) name
#endif

__device__ __forceinline__ float toFloat(float x) { return x; }

__device__ __forceinline__ float toFloat(unsigned short x) { return floatOf((unsigned)x << 16); }

__device__ __forceinline__ void store(float& to, float x) { to = x; }

__device__ __forceinline__ void store(unsigned short& to, float x) { to = bfloat16(x); }
