#include "check.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "standin.h"

namespace standin {

namespace {

constexpr int WARP = 32;
constexpr int MOST_WARPS = 32;

// Memory that the kernel may touch.
struct Range {
  uintptr_t start, end;
  Cell* cells;
  bool shared;
};

struct Watch {
  bool on = false;
  uint32_t era = 0;
  uint32_t firstOfLaunch = 0;
  uint32_t firstOfBlock = 0;
  uint32_t syncs[MOST_WARPS] = {};
  std::vector<Range> ranges;  // static and dynamic shared memory first
  size_t last = 0;            // the range of the access before
  std::vector<Cell> sharedCells[2];
  long bytesRead = 0;
  long bytesWritten = 0;
};

Watch watch;

const char* name(bool write) { return write ? "writes" : "reads"; }

[[noreturn]] void fail(const char* text, const void* place) { failRunningThread(text, place); }

void outOfBounds(uintptr_t address, unsigned size, bool write, const void* place) {
  char text[256];
  const Range* nearest = nullptr;
  for (const Range& range : watch.ranges) {
    if (range.start <= address && (nearest == nullptr || range.start > nearest->start)) {
      nearest = &range;
    }
  }
  if (nearest == nullptr) {
    snprintf(text, sizeof text, "%s %u bytes out of bounds: before all of its arguments", name(write), size);
  } else {
    snprintf(text, sizeof text, "%s %u bytes out of bounds: %zu bytes behind the start of %zu bytes of %s",
             name(write), size, address - nearest->start, nearest->end - nearest->start,
             nearest->shared ? "shared memory" : "an argument");
  }
  fail(text, place);
}

void race(const Range& range, bool write, bool otherWrote, int other, bool otherBlock, const void* place) {
  char text[256];
  const char* memory = range.shared ? "shared" : "global";
  if (otherBlock) {
    snprintf(text, sizeof text, "race: %s %s memory that another block %s in the same launch", name(write),
             memory, otherWrote ? "has written" : "has read");
  } else {
    snprintf(text, sizeof text, "race: %s %s memory that thread %d of the block %s, with no barrier between",
             name(write), memory, other, otherWrote ? "has written" : "has read");
  }
  fail(text, place);
}

// Whether what a thread did at some sync of its warp comes before what the running thread does.
bool inOrder(int other, uint32_t otherSync, int thread) {
  return other == thread ||
         (other / WARP == thread / WARP && otherSync < watch.syncs[thread / WARP]);
}

void requireOrderAfterWrite(const Range& range, const Cell& cell, int thread, bool write, const void* place) {
  const bool ofOtherBlock = !range.shared && cell.writeEra < watch.firstOfBlock;
  if (cell.writeEra >= watch.firstOfLaunch && ofOtherBlock) {
    race(range, write, true, 0, true, place);
  }
  if (cell.writeEra == watch.era && !inOrder(cell.writer, cell.writeSync, thread)) {
    race(range, write, true, cell.writer, false, place);
  }
}

void requireOrderAfterReads(const Range& range, const Cell& cell, int thread, const void* place) {
  const bool ofLaunch = cell.readEra >= watch.firstOfLaunch;
  if (ofLaunch && !range.shared && (cell.severalBlocks || cell.readEra < watch.firstOfBlock)) {
    race(range, true, false, 0, true, place);
  }
  if (cell.readEra != watch.era) {
    return;
  }
  const bool lanes = cell.severalLanes && cell.readSync == watch.syncs[thread / WARP];
  if (cell.severalWarps || lanes || !inOrder(cell.reader, cell.readSync, thread)) {
    race(range, true, false, cell.reader, false, place);
  }
}

void noteRead(Cell& cell, int thread) {
  const uint32_t sync = watch.syncs[thread / WARP];
  const bool sameLaunch = cell.readEra >= watch.firstOfLaunch;
  const bool sameEra = cell.readEra == watch.era;
  const bool sameWarp = cell.reader / WARP == thread / WARP;
  cell.severalBlocks = sameLaunch && (cell.severalBlocks || cell.readEra < watch.firstOfBlock);
  cell.severalWarps = sameEra && (cell.severalWarps || !sameWarp);
  cell.severalLanes =
      sameEra && sameWarp && cell.readSync == sync && (cell.severalLanes || cell.reader != thread);
  cell.readEra = watch.era;
  cell.readSync = sync;
  cell.reader = static_cast<uint16_t>(thread);
}

void access(const Range& range, Cell& cell, int thread, bool write, const void* place) {
  requireOrderAfterWrite(range, cell, thread, write, place);
  if (write) {
    requireOrderAfterReads(range, cell, thread, place);
    watch.bytesWritten += !range.shared && cell.writeEra < watch.firstOfLaunch;
    cell.writeEra = watch.era;
    cell.writeSync = watch.syncs[thread / WARP];
    cell.writer = static_cast<uint16_t>(thread);
    cell.initialised = true;
    return;
  }
  const bool initialised = range.shared ? cell.writeEra >= watch.firstOfBlock : cell.initialised;
  if (!initialised) {
    fail(range.shared ? "reads shared memory that nothing has been written to"
                      : "reads global memory that nothing has been written to",
         place);
  }
  watch.bytesRead += !range.shared && cell.writeEra < watch.firstOfLaunch &&
                     cell.readEra < watch.firstOfLaunch;
  noteRead(cell, thread);
}

const Range* find(uintptr_t address) {
  for (size_t i = watch.last, n = watch.ranges.size(), tried = 0; tried < n; tried++, i = (i + 1) % n) {
    if (address >= watch.ranges[i].start && address < watch.ranges[i].end) {
      watch.last = i;
      return &watch.ranges[i];
    }
  }
  return nullptr;
}

void access(const void* pointer, unsigned size, bool write, const void* place) {
  if (!watch.on) {
    return;
  }
  const auto address = reinterpret_cast<uintptr_t>(pointer);
  const Range* range = find(address);
  if (range == nullptr) {
    // What is left are constants of the kernels' library.
    Dl_info info;
    if (!isThreadsOwn(address) && dladdr(pointer, &info) == 0) {
      outOfBounds(address, size, write, place);
    }
    return;
  }
  if (address + size > range->end) {
    outOfBounds(address, size, write, place);
  }
  if (size <= 16 && address % size != 0) {
    char text[128];
    snprintf(text, sizeof text, "%s %u bytes at an address that is not aligned to them", name(write), size);
    fail(text, place);
  }
  if (range->cells != nullptr) {
    const int thread = runningThread();
    for (unsigned i = 0; i < size; i++) {
      access(*range, range->cells[address - range->start + i], thread, write, place);
    }
  }
}

// Calls of a function on each watched byte among these.
template <typename F>
void forCells(uintptr_t address, size_t bytes, F f) {
  Allocation allocation;
  if (bytes > 0 && findAllocation(address, allocation) && allocation.cells != nullptr) {
    Cell* cells = allocation.cells + (address - allocation.start);
    for (size_t i = 0; i < bytes; i++) {
      if (!f(cells[i], i)) {
        return;
      }
    }
  }
}

void addRange(const Allocation& allocation) {
  watch.ranges.push_back(
      {allocation.start, allocation.start + allocation.bytes, allocation.cells, false});
}

}  // namespace

void FreeCells::operator()(Cell* cells) const { free(cells); }

Cells makeCells(size_t bytes) { return Cells(static_cast<Cell*>(calloc(bytes, sizeof(Cell)))); }

void written(uintptr_t address, size_t bytes) {
  forCells(address, bytes, [](Cell& cell, size_t) { return cell.initialised = true; });
}

void mustBeInitialised(const char* what, uintptr_t address, size_t bytes) {
  forCells(address, bytes, [=](const Cell& cell, size_t i) {
    if (!cell.initialised) {
      violate("%s: byte %zu of %zu has never been written", what, i, bytes);
    }
    return cell.initialised;
  });
}

void copied(uintptr_t to, uintptr_t from, size_t bytes) {
  Allocation source;
  if (bytes > 0 && findAllocation(from, source) && source.cells != nullptr) {
    const Cell* cells = source.cells + (from - source.start);
    forCells(to, bytes, [=](Cell& cell, size_t i) {
      cell.initialised = cells[i].initialised;
      return true;
    });
  } else {
    written(to, bytes);
  }
}

void beginWatch(const Launch& launch) {
  watch.on = true;
  watch.firstOfLaunch = watch.era + 1;
  watch.bytesRead = watch.bytesWritten = 0;
  watch.ranges.assign(2, {0, 0, nullptr, true});
  watch.last = 0;
  for (int i = 0; i < launch.kernel.count; i++) {
    Allocation allocation;
    if (launch.kernel.pointers[i] && findAllocation(launch.values[i], allocation)) {
      addRange(allocation);
      if (launch.kernel.tables[i]) {
        // What in it is an address, and not a number of elements, lies in an allocation.
        const auto* words = reinterpret_cast<const uint64_t*>(launch.values[i]);
        const auto* end = reinterpret_cast<const uint64_t*>(allocation.start + allocation.bytes);
        for (Allocation target; words + 1 <= end; words++) {
          if (findAllocation(*words, target)) {
            addRange(target);
          }
        }
      }
    }
  }
}

void watchBlock(void* staticShared, size_t staticBytes, void* dynamicShared, size_t dynamicBytes) {
  watch.firstOfBlock = ++watch.era;
  for (uint32_t& syncs : watch.syncs) {
    syncs = 0;
  }
  const std::pair<void*, size_t> parts[] = {{staticShared, staticBytes}, {dynamicShared, dynamicBytes}};
  for (int i = 0; i < 2; i++) {
    watch.sharedCells[i].resize(parts[i].second);
    const auto start = reinterpret_cast<uintptr_t>(parts[i].first);
    watch.ranges[i] = {start, start + parts[i].second, watch.sharedCells[i].data(), true};
  }
}

void passedBarrier() { watch.era++; }

void passedWarpSync(int warp) { watch.syncs[warp]++; }

void endWatch() { watch.on = false; }

bool isWatching() { return watch.on; }

Source sourceOf(const Launch& launch, const void* place) {
  Dl_info info;
  const std::string nothing = "code that cannot be found";
  if (dladdr(place, &info) == 0) {
    return {nothing, 0};
  }
  const auto offset = static_cast<const char*>(place) - static_cast<const char*>(info.dli_fbase) - 1;
  char command[512];
  snprintf(command, sizeof command, "addr2line -i -e '%s' %#tx", launch.file.c_str(), offset);
  FILE* pipe = popen(command, "r");
  // From the innermost inlined function to the kernel; what kernel.h stands for is not told.
  std::string text;
  char line[256] = "";
  while (pipe != nullptr && fgets(line, sizeof line, pipe) != nullptr) {
    if (text.empty() || text.find("/kernel.h:") != std::string::npos) {
      text = line;
    }
  }
  if (pipe != nullptr) {
    pclose(pipe);
  }
  const size_t colon = text.rfind(':');
  const size_t slash = text.rfind('/');
  if (colon == std::string::npos) {
    return {nothing, 0};
  }
  const size_t start = slash == std::string::npos ? 0 : slash + 1;
  return {text.substr(start, colon - start), atoi(text.c_str() + colon + 1)};
}

Traffic watchedTraffic() { return {watch.bytesRead, watch.bytesWritten}; }

}  // namespace standin

using namespace standin;

// What g++ -fsanitize=thread calls before every access.
#define ACCESS(bytes)                                                                          \
  EXPORT void __tsan_read##bytes(void* p) { access(p, bytes, false, __builtin_return_address(0)); } \
  EXPORT void __tsan_write##bytes(void* p) { access(p, bytes, true, __builtin_return_address(0)); } \
  EXPORT void __tsan_unaligned_read##bytes(void* p) {                                          \
    access(p, bytes, false, __builtin_return_address(0));                                      \
  }                                                                                            \
  EXPORT void __tsan_unaligned_write##bytes(void* p) {                                         \
    access(p, bytes, true, __builtin_return_address(0));                                       \
  }

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

EXPORT void __tsan_read_range(void* p, size_t bytes) {
  access(p, static_cast<unsigned>(bytes), false, __builtin_return_address(0));
}

EXPORT void __tsan_write_range(void* p, size_t bytes) {
  access(p, static_cast<unsigned>(bytes), true, __builtin_return_address(0));
}

EXPORT void __tsan_init() {}
EXPORT void __tsan_func_entry(void*) {}
EXPORT void __tsan_func_exit() {}

// What g++ -fsanitize=bounds calls where an index is none of its array's, those in shared memory among
// them. The index is not in memory yet.
EXPORT void __ubsan_handle_out_of_bounds(void*, void* index) {
  if (watch.on) {
    char text[128];
    snprintf(text, sizeof text, "index %zu is out of bounds of its array", reinterpret_cast<size_t>(index));
    fail(text, __builtin_return_address(0));
  }
}
