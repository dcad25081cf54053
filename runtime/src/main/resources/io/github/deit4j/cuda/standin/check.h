// Watches every access of kernels to memory, as compute-sanitizer's memcheck, initcheck and racecheck
// do together. The compiler's own instrumentation calls the functions of check.cpp before each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "block.h"

namespace standin {

// What is known of one byte. Eras number the times between two barriers of a block, and go on from
// block to block and launch to launch, so that a number says all three.
struct Cell {
  uint32_t writeEra;
  uint32_t writeSync;  // how often the writer's warp had met by then in this era's block
  uint32_t readEra;
  uint32_t readSync;
  uint16_t writer;  // threads of a block
  uint16_t reader;  // the last one
  bool initialised;
  bool severalBlocks;  // of the launch have read it
  bool severalWarps;   // of the block in this era
  bool severalLanes;   // of the warp since it last met
};

struct FreeCells {
  void operator()(Cell* cells) const;
};

// The bytes of an allocation.
typedef std::unique_ptr<Cell[], FreeCells> Cells;

// Of so many bytes, not initialised.
Cells makeCells(size_t bytes);

// The allocation on any device that holds an address; cells is null if nobody watches it.
struct Allocation {
  uintptr_t start;
  size_t bytes;
  Cell* cells;
};

bool findAllocation(uintptr_t address, Allocation& allocation);

// What copies and products write is initialised afterwards.
void written(uintptr_t address, size_t bytes);

// What copies and products read must be initialised; a violation if not.
void mustBeInitialised(const char* what, uintptr_t address, size_t bytes);

// A copy on the device takes over what is initialised.
void copied(uintptr_t to, uintptr_t from, size_t bytes);

// A launch begins: its kernel may touch what its pointers point into, and shared memory.
void beginWatch(const Launch& launch);

// A block begins, with shared memory that holds nothing.
void watchBlock(void* staticShared, size_t staticBytes, void* dynamicShared, size_t dynamicBytes);

// All threads of the block have met.
void passedBarrier();

// The warp has met, and its memory is in order.
void passedWarpSync(int warp);

void endWatch();

// Whether a launch is watched.
bool isWatching();

// Bytes of global memory that the launch has read and not written before, and bytes that it has
// written, each counted once.
struct Traffic {
  long read, written;
};

Traffic watchedTraffic();

// The running thread of the running block; its failure ends the launch, and does not return.
int runningThread();
[[noreturn]] void failRunningThread(const char* what, const void* place);

// Whether it is on a thread's stack or among what warps exchange.
bool isThreadsOwn(uintptr_t address);

}  // namespace standin
