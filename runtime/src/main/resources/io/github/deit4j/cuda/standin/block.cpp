// Runs the threads of a block as fibres on one thread of the host. A thread that reaches a barrier
// or a warp's exchange gives way to the next; most kernels have neither, and all their threads run
// on one stack, one after the other.
#include "block.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>

#include "check.h"
#include "fibre.h"
#include "standin.h"

namespace standin {

namespace {

constexpr int WARP = 32;
constexpr int MOST_THREADS = 1024;
constexpr size_t STACK_BYTES = 256 << 10;
constexpr size_t PAGE = 4096;
constexpr size_t GUARD = 256;
constexpr unsigned char GUARD_BYTE = 0xa5;

enum class State { FRESH, READY, IN_EXCHANGE, AT_BARRIER, DONE };

struct Site {
  const char* file;
  int line;

  bool operator==(const Site& other) const { return line == other.line && !strcmp(file, other.file); }
};

struct Thread {
  State state;
  int stack;  // while it lives
  Index index;
  Site site;  // where it waits
};

struct Warp {
  int arrived;
  int phase;
  Site site;
  unsigned long long values[2][WARP];
};

struct Block {
  Launch* launch;
  void** parameters;
  int size;
  int current;
  bool failed;
  Thread threads[MOST_THREADS];
  Warp warps[MOST_THREADS / WARP];
  Fibre scheduler;
  Fibre fibres[MOST_THREADS];
};

Block block;
char* stacks = nullptr;
std::vector<int> freeStacks;
uint32_t randomState = 1;

// Every stack has a page below it that cannot be touched.
void makeStacks() {
  stacks = static_cast<char*>(mmap(nullptr, MOST_THREADS * STACK_BYTES, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (stacks == MAP_FAILED) {
    fprintf(stderr, "stand-in: no memory for stacks\n");
    abort();
  }
  for (int i = MOST_THREADS - 1; i >= 0; i--) {
    mprotect(stacks + i * STACK_BYTES, PAGE, PROT_NONE);
    freeStacks.push_back(i);
  }
}

void giveWay() { block.fibres[block.threads[block.current].stack].switchTo(block.scheduler); }

void fail(const char* what, Site site) {
  violate("kernel %s, %s:%d, block [%u, %u, %u], thread [%u, %u, %u]: %s",
          block.launch->name.c_str(), site.file, site.line, standin_registers.blockIdx.x,
          standin_registers.blockIdx.y, standin_registers.blockIdx.z,
          standin_registers.threadIdx.x, standin_registers.threadIdx.y,
          standin_registers.threadIdx.z, what);
  block.failed = true;
}

void threadMain() {
  block.launch->kernel.run(block.parameters);
  block.threads[block.current].state = State::DONE;
  giveWay();
}

void resume(int index) {
  Thread& thread = block.threads[index];
  block.current = index;
  standin_registers.threadIdx = thread.index;
  if (thread.state == State::FRESH) {
    thread.stack = freeStacks.back();
    freeStacks.pop_back();
    block.fibres[thread.stack] =
        Fibre(stacks + thread.stack * STACK_BYTES, STACK_BYTES, threadMain);
  }
  thread.state = State::READY;
  block.scheduler.switchTo(block.fibres[thread.stack]);
  if (thread.state == State::DONE) {
    freeStacks.push_back(thread.stack);
  }
}

bool canRun(const Thread& thread) {
  return thread.state == State::FRESH || thread.state == State::READY;
}

// Numbers from first to end: in order, or, where kernels are watched, in another order every time.
// What works in one order only has been right by luck.
struct Order {
  int numbers[WARP];
  int count;

  Order(int first, int end) : count(end - first) {
    std::iota(numbers, numbers + count, first);
    for (int i = count - 1; i > 0 && isWatching(); i--) {
      randomState = randomState * 1664525u + 1013904223u;
      std::swap(numbers[i], numbers[(randomState >> 16) % (i + 1)]);
    }
  }
};

// Runs the threads of a warp until all wait for other warps or are done.
void runWarp(int first, int end) {
  for (bool progress = true; progress && !block.failed;) {
    progress = false;
    const Order order(first, end);
    for (int i = 0; i < order.count && !block.failed; i++) {
      if (canRun(block.threads[order.numbers[i]])) {
        resume(order.numbers[i]);
        progress = true;
      }
    }
  }
}

// Lets all go on if all that live are at the same barrier. Returns whether there are any.
bool passBarrier() {
  const Thread* first = nullptr;
  for (int i = 0; i < block.size; i++) {
    Thread& thread = block.threads[i];
    if (thread.state == State::DONE) {
      continue;
    }
    standin_registers.threadIdx = thread.index;
    if (thread.state == State::IN_EXCHANGE) {
      fail("waits for lanes of its warp that never come", thread.site);
      return false;
    }
    if (first != nullptr && !(first->site == thread.site)) {
      fail("is at another barrier than the first thread that lives", thread.site);
      return false;
    }
    first = first == nullptr ? &thread : first;
    thread.state = State::READY;
  }
  passedBarrier();
  return first != nullptr;
}

void runBlock() {
  for (int i = 0; i < block.size; i++) {
    const Index size = block.launch->block;
    const unsigned n = i;
    block.threads[i] = {
        State::FRESH, -1, {n % size.x, n / size.x % size.y, n / size.x / size.y}, {"", 0}};
  }
  memset(block.warps, 0, sizeof block.warps);
  do {
    const Order warps(0, (block.size + WARP - 1) / WARP);
    for (int i = 0; i < warps.count && !block.failed; i++) {
      const int first = warps.numbers[i] * WARP;
      runWarp(first, first + WARP < block.size ? first + WARP : block.size);
    }
  } while (!block.failed && passBarrier());
}

struct Shared {
  const void* inLibrary;
  void* start;
  size_t bytes;
};

// Finds the static shared memory of a library, which is its thread-local memory.
int findShared(dl_phdr_info* info, size_t, void* data) {
  auto* shared = static_cast<Shared*>(data);
  bool mine = false;
  size_t bytes = 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const auto& header = info->dlpi_phdr[i];
    const auto start = info->dlpi_addr + header.p_vaddr;
    const auto address = reinterpret_cast<uintptr_t>(shared->inLibrary);
    mine |= header.p_type == PT_LOAD && address >= start && address < start + header.p_memsz;
    bytes = header.p_type == PT_TLS ? header.p_memsz : bytes;
  }
  if (mine && bytes > 0) {
    shared->start = info->dlpi_tls_data;
    shared->bytes = bytes;
  }
  return mine;
}

}  // namespace

int run(Launch& launch) {
  if (stacks == nullptr) {
    makeStacks();
  }
  std::vector<char> dynamic(launch.sharedBytes + GUARD + 128);
  char* aligned = dynamic.data() + (128 - reinterpret_cast<uintptr_t>(dynamic.data()) % 128);
  std::vector<void*> parameters;
  for (auto& value : launch.values) {
    parameters.push_back(&value);
  }
  standin_registers.blockDim = launch.block;
  standin_registers.gridDim = launch.grid;
  standin_registers.dynamicShared = aligned;
  block.launch = &launch;
  block.parameters = parameters.data();
  block.size = static_cast<int>(launch.block.x * launch.block.y * launch.block.z);
  block.failed = false;
  if (launch.watched) {
    beginWatch(launch);
  }
  dlsym(launch.library, "standin_shared");
  Index& at = standin_registers.blockIdx;
  for (at.z = 0; at.z < launch.grid.z; at.z++) {
    for (at.y = 0; at.y < launch.grid.y; at.y++) {
      for (at.x = 0; at.x < launch.grid.x; at.x++) {
        // No block finds what another has left in shared memory.
        Shared shared = {reinterpret_cast<void*>(launch.kernel.run), nullptr, 0};
        dl_iterate_phdr(findShared, &shared);
        if (shared.start != nullptr) {
          memset(shared.start, 0xff, shared.bytes);
        }
        memset(aligned, 0xff, launch.sharedBytes);
        memset(aligned + launch.sharedBytes, GUARD_BYTE, GUARD - 128);
        if (launch.watched) {
          watchBlock(shared.start, shared.bytes, aligned, launch.sharedBytes);
        }
        runBlock();
        for (size_t i = 0; i < GUARD - 128 && !block.failed; i++) {
          if (static_cast<unsigned char>(aligned[launch.sharedBytes + i]) != GUARD_BYTE) {
            fail("shared memory was written outside of its bounds", {"its end", 0});
          }
        }
        if (block.failed) {
          endWatch();
          // The stacks of threads that never ended are free again.
          freeStacks.clear();
          for (int i = MOST_THREADS - 1; i >= 0; i--) {
            freeStacks.push_back(i);
          }
          return LAUNCH_FAILED;
        }
      }
    }
  }
  endWatch();
  return SUCCESS;
}

int runningThread() { return block.current; }

bool isThreadsOwn(uintptr_t address) {
  const auto within = [=](const void* start, size_t bytes) {
    return address - reinterpret_cast<uintptr_t>(start) < bytes;
  };
  return within(stacks, MOST_THREADS * STACK_BYTES) || within(&block, sizeof block);
}

void failRunningThread(const char* what, const void* place) {
  endWatch();
  const Source source = sourceOf(*block.launch, place);
  fail(what, {source.file.c_str(), source.line});
  for (;;) {
    giveWay();
  }
}

}  // namespace standin

using namespace standin;

Registers standin_registers;

EXPORT void standin_barrier(const char* file, int line) {
  Thread& thread = block.threads[block.current];
  thread.site = {file, line};
  thread.state = State::AT_BARRIER;
  giveWay();
}

EXPORT const unsigned long long* standin_exchange(
    unsigned mask, unsigned long long value, bool orders, const char* file, int line) {
  Thread& thread = block.threads[block.current];
  Warp& warp = block.warps[block.current / WARP];
  const int first = block.current / WARP * WARP;
  thread.site = {file, line};
  if (mask != ~0u || first + WARP > block.size) {
    fail("only exchanges of whole warps are modelled", thread.site);
    thread.state = State::IN_EXCHANGE;
    giveWay();
  }
  if (warp.arrived > 0 && !(warp.site == thread.site)) {
    fail("the lanes of a warp meet in different places", thread.site);
    thread.state = State::IN_EXCHANGE;
    giveWay();
  }
  const int phase = warp.phase;
  warp.site = thread.site;
  warp.values[phase][block.current - first] = value;
  if (++warp.arrived < WARP) {
    thread.state = State::IN_EXCHANGE;
    giveWay();
  } else {
    warp.arrived = 0;
    warp.phase ^= 1;
    if (orders) {  // the same for all, since they meet in one place
      passedWarpSync(first / WARP);
    }
    for (int i = first; i < first + WARP; i++) {
      if (block.threads[i].state == State::IN_EXCHANGE) {
        block.threads[i].state = State::READY;
      }
    }
  }
  return warp.values[phase];
}
