// How compiled kernels reach the driver, and how it runs them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace standin {

constexpr char IMAGE_MAGIC[8] = {'S', 'T', 'A', 'N', 'D', '-', 'I', 'N'};

// What the stand-in's compiler puts before the library that is its code.
struct Image {
  char magic[8];
  long architecture;
  uint64_t size;
  bool watched;    // compiled to be watched
  char file[256];  // where the same library lies
};

struct Index {
  unsigned x, y, z;
};

// The same as in kernel.h.
struct Registers {
  Index threadIdx, blockIdx, blockDim, gridDim;
  char* dynamicShared;
};

struct Kernel {
  void (*run)(void** parameters);
  int count;
  const unsigned char* sizes;
  const bool* pointers;
  const bool* tables;
};

struct Launch {
  std::string name;
  Kernel kernel;
  void* library;
  std::string file;  // where the library lies
  Index grid;
  Index block;
  unsigned sharedBytes;
  std::vector<uint64_t> values;
  bool watched;  // whether its accesses to memory are; the code must be compiled for that
};

// Runs all blocks, one after the other. Returns SUCCESS or LAUNCH_FAILED.
int run(Launch& launch);

// Where in the sources the code of a kernel is.
struct Source {
  std::string file;
  int line;
};

Source sourceOf(const Launch& launch, const void* place);

}  // namespace standin

// What a thread of a kernel sees.
extern "C" __attribute__((visibility("default"))) standin::Registers standin_registers;
