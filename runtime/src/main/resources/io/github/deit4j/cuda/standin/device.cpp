// The driver: devices, contexts, memory.
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include "account.h"
#include "check.h"
#include "graphs.h"
#include "standin.h"

namespace standin {

namespace {

constexpr size_t GUARD = 256;
constexpr unsigned char GUARD_BYTE = 0xa5;
constexpr unsigned char GARBAGE = 0xff;  // a NaN in every float
constexpr size_t MOST_GARBAGE = 1 << 20;  // what is after that may be zero, for speed
constexpr int MOST_DEVICES = 8;
constexpr size_t SMALL = 64 << 10;  // up to here copies are made although nothing is computed: tables

struct Block {
  size_t size;
  int device;
  unsigned char* base;
  Cells cells;  // if its bytes are watched
  size_t mapped = 0;  // bytes of memory that is only promised, where nothing is computed
};

struct Device {
  int claims = 0;
  size_t used = 0;
  int sticky = 0;
};

bool initialized = false;
Device devices[MOST_DEVICES];
std::map<uintptr_t, Block> deviceBlocks;
std::map<uintptr_t, Block> pinnedBlocks;
thread_local int current = -1;

bool contains(const std::map<uintptr_t, Block>& blocks, uintptr_t address, size_t bytes, int device) {
  auto next = blocks.upper_bound(address);
  if (next == blocks.begin()) {
    return false;
  }
  const auto& [start, block] = *--next;
  return block.device == device && bytes <= block.size && address - start <= block.size - bytes;
}

uintptr_t allocate(std::map<uintptr_t, Block>& blocks, size_t size, int device) {
  const size_t whole = (size + 2 * GUARD + 255) / 256 * 256;
  if (!isComputing() && &blocks == &deviceBlocks) {
    auto* base = static_cast<unsigned char*>(mmap(nullptr, whole, PROT_READ | PROT_WRITE,
                                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    const auto address = reinterpret_cast<uintptr_t>(base + GUARD);
    blocks[address] = {size, device, base, nullptr, whole};
    return address;
  }
  auto* base = static_cast<unsigned char*>(aligned_alloc(256, whole));
  memset(base, GUARD_BYTE, GUARD);
  memset(base + GUARD, GARBAGE, size < MOST_GARBAGE ? size : MOST_GARBAGE);
  memset(base + GUARD + size, GUARD_BYTE, GUARD);
  const auto address = reinterpret_cast<uintptr_t>(base + GUARD);
  const bool watched = &blocks == &deviceBlocks && value("check") != 0;
  blocks[address] = {size, device, base, watched ? makeCells(size) : nullptr};
  return address;
}

void checkGuard(const char* kind, const Block& block) {
  if (block.mapped > 0) {
    return;
  }
  for (size_t i = 0; i < GUARD; i++) {
    if (block.base[i] != GUARD_BYTE || block.base[GUARD + block.size + i] != GUARD_BYTE) {
      violate("%s memory of %zu bytes was written outside of its bounds", kind, block.size);
      return;
    }
  }
}

// Removes a block; false if there is none of this address.
bool release(std::map<uintptr_t, Block>& blocks, const char* kind, uintptr_t address) {
  const auto found = blocks.find(address);
  if (found == blocks.end()) {
    return false;
  }
  checkGuard(kind, found->second);
  if (found->second.mapped > 0) {
    munmap(found->second.base, found->second.mapped);
  } else {
    free(found->second.base);
  }
  blocks.erase(found);
  return true;
}

// What goes over the bus reads and writes nothing that a kernel could have to itself.
void noteTransfer(const char* name, size_t bytes) {
  if (isCounting()) {
    note(name, {static_cast<double>(bytes), 0, 0, Unit::NONE});
  }
}

bool isDevice(int device) { return device >= 0 && device < value("devices"); }

}  // namespace

int currentDevice(const char* function) {
  if (current < 0 || devices[current].claims == 0) {
    violate("%s: no context is the thread's", function);
    return -1;
  }
  return current;
}

int& sticky(int device) { return devices[device].sticky; }

bool inDevice(const char* what, uintptr_t address, size_t bytes) {
  if (!contains(deviceBlocks, address, bytes, current)) {
    violate("%s: %zu bytes at %#zx are not of one live allocation on device %d", what, bytes,
            address, current);
    return false;
  }
  return true;
}

bool inPinned(const char* what, uintptr_t address, size_t bytes) {
  if (!contains(pinnedBlocks, address, bytes, current)) {
    violate("%s: %zu bytes at %#zx are not pinned", what, bytes, address);
    return false;
  }
  return true;
}

bool findAllocation(uintptr_t address, Allocation& allocation) {
  auto next = deviceBlocks.upper_bound(address);
  if (next == deviceBlocks.begin() || address - (--next)->first >= next->second.size) {
    return false;
  }
  allocation = {next->first, next->second.size, next->second.cells.get()};
  return true;
}

void checkGuards() {
  for (const auto& each : deviceBlocks) {
    checkGuard("device", each.second);
  }
  for (const auto& each : pinnedBlocks) {
    checkGuard("pinned", each.second);
  }
}

}  // namespace standin

using namespace standin;

EXPORT int cuDriverGetVersion(int* version) {
  ENTER(INVALID_VALUE)
  *version = static_cast<int>(value("driverVersion"));
  return SUCCESS;
}

EXPORT int cuInit(unsigned flags) {
  ENTER(UNKNOWN)
  if (flags != 0) {
    violate("cuInit: flags must be 0");
    return INVALID_VALUE;
  }
  if (value("devices") == 0) {
    return NO_DEVICE;
  }
  initialized = true;
  return SUCCESS;
}

EXPORT int cuGetErrorName(int code, const char** name) {
  static const std::map<int, const char*> names = {
      {SUCCESS, "CUDA_SUCCESS"},
      {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE"},
      {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY"},
      {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED"},
      {NO_DEVICE, "CUDA_ERROR_NO_DEVICE"},
      {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE"},
      {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE"},
      {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT"},
      {NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU"},
      {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE"},
      {ILLEGAL_STATE, "CUDA_ERROR_ILLEGAL_STATE"},
      {NOT_FOUND, "CUDA_ERROR_NOT_FOUND"},
      {NOT_READY, "CUDA_ERROR_NOT_READY"},
      {700, "CUDA_ERROR_ILLEGAL_ADDRESS"},
      {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED"},
      {CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"},
      {CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"},
      {CAPTURE_ISOLATION, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION"},
      {CAPTURE_WRONG_THREAD, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD"},
      {UNKNOWN, "CUDA_ERROR_UNKNOWN"}};
  const auto found = names.find(code);
  *name = found == names.end() ? nullptr : found->second;
  return found == names.end() ? INVALID_VALUE : SUCCESS;
}

EXPORT int cuGetErrorString(int code, const char** text) {
  const char* name;
  const int result = cuGetErrorName(code, &name);
  *text = result == SUCCESS ? "an error of the stand-in" : nullptr;
  return result;
}

EXPORT int cuDeviceGetCount(int* count) {
  ENTER(UNKNOWN)
  if (!initialized) {
    return NOT_INITIALIZED;
  }
  *count = static_cast<int>(value("devices"));
  return SUCCESS;
}

EXPORT int cuDeviceGet(int* device, int ordinal) {
  ENTER(UNKNOWN)
  if (!initialized) {
    return NOT_INITIALIZED;
  }
  if (!isDevice(ordinal)) {
    return INVALID_DEVICE;
  }
  *device = ordinal;
  return SUCCESS;
}

EXPORT int cuDeviceGetName(char* name, int length, int device) {
  ENTER(UNKNOWN)
  if (!isDevice(device)) {
    return INVALID_DEVICE;
  }
  snprintf(name, length, "Stand-in %d", value("alike") != 0 ? 0 : device);
  return SUCCESS;
}

EXPORT int cuDeviceGetUuid_v2(void* uuid, int device) {
  ENTER(UNKNOWN)
  if (!isDevice(device)) {
    return INVALID_DEVICE;
  }
  memset(uuid, 0x5d, 16);
  *static_cast<unsigned char*>(uuid) = static_cast<unsigned char>(device);
  return SUCCESS;
}

EXPORT int cuDeviceTotalMem_v2(size_t* bytes, int device) {
  ENTER(UNKNOWN)
  if (!isDevice(device)) {
    return INVALID_DEVICE;
  }
  *bytes = value("memory");
  return SUCCESS;
}

EXPORT int cuDeviceGetAttribute(int* result, int attribute, int device) {
  ENTER(UNKNOWN)
  static const std::map<int, const char*> names = {
      {16, "multiprocessors"}, {75, "major"}, {76, "minor"}, {97, "sharedMemory"}};
  const auto found = names.find(attribute);
  if (!isDevice(device)) {
    return INVALID_DEVICE;
  }
  if (found == names.end()) {
    violate("cuDeviceGetAttribute: attribute %d is not modelled", attribute);
    return INVALID_VALUE;
  }
  *result = static_cast<int>(value(found->second));
  return SUCCESS;
}

EXPORT int cuDevicePrimaryCtxRetain(void** context, int device) {
  ENTER(OUT_OF_MEMORY)
  if (!initialized) {
    return NOT_INITIALIZED;
  }
  if (!isDevice(device)) {
    return INVALID_DEVICE;
  }
  devices[device].claims++;
  value("live.contexts")++;
  *context = &devices[device];
  return SUCCESS;
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int device) {
  ENTER_RELEASE(UNKNOWN)
  if (device < 0 || device >= MOST_DEVICES || devices[device].claims == 0) {
    violate("cuDevicePrimaryCtxRelease: no claim on device %d", device);
    return INVALID_CONTEXT;
  }
  value("live.contexts")--;
  if (--devices[device].claims == 0) {
    finish(device);
    devices[device].sticky = 0;
    for (const char* kind : {"memory", "pinned", "streams", "events", "modules", "graphs", "graphExecs"}) {
      const std::string name = std::string("live.") + kind;
      if (value(name.c_str()) != 0 && value("devices") == 1) {
        violate("the last claim on device %d was released with %ld live %s", device,
                value(name.c_str()), kind);
      }
    }
  }
  return armed;
}

EXPORT int cuCtxSetCurrent(void* context) {
  ENTER(UNKNOWN)
  const auto* found = static_cast<Device*>(context);
  if (found < devices || found >= devices + MOST_DEVICES || found->claims == 0) {
    violate("cuCtxSetCurrent: no live context");
    return INVALID_CONTEXT;
  }
  current = static_cast<int>(found - devices);
  return SUCCESS;
}

EXPORT int cuMemGetInfo_v2(size_t* free, size_t* total) {
  ENTER_CONTEXT(UNKNOWN)
  *total = value("memory");
  *free = *total - devices[device].used;
  return SUCCESS;
}

EXPORT int cuMemAlloc_v2(uintptr_t* address, size_t size) {
  ENTER_CONTEXT(OUT_OF_MEMORY)
  REFUSE_IN_CAPTURE
  if (size == 0) {
    return INVALID_VALUE;
  }
  if (size > value("memory") - devices[device].used) {
    return OUT_OF_MEMORY;
  }
  *address = allocate(deviceBlocks, size, device);
  devices[device].used += size;
  value("live.memory")++;
  return SUCCESS;
}

EXPORT int cuMemFree_v2(uintptr_t address) {
  ENTER_RELEASE(UNKNOWN)
  REFUSE_IN_CAPTURE
  const int device = currentDevice("cuMemFree");
  if (device < 0) {
    return INVALID_CONTEXT;
  }
  const int result = finish(device);
  const auto found = deviceBlocks.find(address);
  const size_t size = found == deviceBlocks.end() ? 0 : found->second.size;
  if (!release(deviceBlocks, "device", address)) {
    violate("cuMemFree: %#zx is not allocated", address);
    return INVALID_VALUE;
  }
  devices[device].used -= size;
  value("live.memory")--;
  return armed != 0 ? armed : result;
}

EXPORT int cuMemAllocHost_v2(void** pointer, size_t size) {
  ENTER_CONTEXT(OUT_OF_MEMORY)
  REFUSE_IN_CAPTURE
  *pointer = reinterpret_cast<void*>(allocate(pinnedBlocks, size, device));
  value("live.pinned")++;
  return SUCCESS;
}

EXPORT int cuMemFreeHost(void* pointer) {
  ENTER_RELEASE(UNKNOWN)
  REFUSE_IN_CAPTURE
  const int device = currentDevice("cuMemFreeHost");
  if (device < 0) {
    return INVALID_CONTEXT;
  }
  const int result = finish(device);
  if (!release(pinnedBlocks, "pinned", reinterpret_cast<uintptr_t>(pointer))) {
    violate("cuMemFreeHost: %p is not pinned", pointer);
    return INVALID_VALUE;
  }
  value("live.pinned")--;
  return armed != 0 ? armed : result;
}

EXPORT int cuMemcpyHtoDAsync_v2(uintptr_t to, const void* from, size_t bytes, void* stream) {
  ENTER_CONTEXT(UNKNOWN)
  if (!inDevice("cuMemcpyHtoDAsync", to, bytes) ||
      !inPinned("cuMemcpyHtoDAsync", reinterpret_cast<uintptr_t>(from), bytes)) {
    return INVALID_VALUE;
  }
  return enqueue(__func__, device, stream, [=, computed = isComputing()] {
    noteTransfer("copy to the device", bytes);
    if (!computed && bytes > SMALL) {
      return SUCCESS;
    }
    memcpy(reinterpret_cast<void*>(to), from, bytes);
    written(to, bytes);
    return SUCCESS;
  });
}

EXPORT int cuMemcpyDtoHAsync_v2(void* to, uintptr_t from, size_t bytes, void* stream) {
  ENTER_CONTEXT(UNKNOWN)
  if (!inDevice("cuMemcpyDtoHAsync", from, bytes) ||
      !inPinned("cuMemcpyDtoHAsync", reinterpret_cast<uintptr_t>(to), bytes)) {
    return INVALID_VALUE;
  }
  return enqueue(__func__, device, stream, [=, computed = isComputing()] {
    noteTransfer("copy to the host", bytes);
    if (!computed) {
      memset(to, 0, bytes);
      return SUCCESS;
    }
    mustBeInitialised("cuMemcpyDtoHAsync", from, bytes);
    memcpy(to, reinterpret_cast<void*>(from), bytes);
    return SUCCESS;
  });
}

EXPORT int cuMemcpyDtoDAsync_v2(uintptr_t to, uintptr_t from, size_t bytes, void* stream) {
  ENTER_CONTEXT(UNKNOWN)
  if (!inDevice("cuMemcpyDtoDAsync", to, bytes) || !inDevice("cuMemcpyDtoDAsync", from, bytes)) {
    return INVALID_VALUE;
  }
  if (to < from + bytes && from < to + bytes && bytes > 0) {
    violate("cuMemcpyDtoDAsync: %zu bytes overlap", bytes);
    return INVALID_VALUE;
  }
  Node copy;
  copy.isLive = [=] { return inDevice("cuMemcpyDtoDAsync", to, bytes) && inDevice("cuMemcpyDtoDAsync", from, bytes); };
  copy.run = [=, computed = isComputing()] {
    if (isCounting()) {
      note("copy on the device", {static_cast<double>(bytes), static_cast<double>(bytes), 0, Unit::NONE});
    }
    if (!computed) {
      return SUCCESS;
    }
    memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes);
    copied(to, from, bytes);
    return SUCCESS;
  };
  return enqueue(__func__, device, stream, std::move(copy));
}

EXPORT int cuMemsetD8Async(uintptr_t to, unsigned char byte, size_t count, void* stream) {
  ENTER_CONTEXT(UNKNOWN)
  if (!inDevice("cuMemsetD8Async", to, count)) {
    return INVALID_VALUE;
  }
  return enqueue(__func__, device, stream, [=, computed = isComputing()] {
    if (isCounting()) {
      note("clear", {0, static_cast<double>(count), 0, Unit::NONE});
    }
    if (!computed) {
      return SUCCESS;
    }
    memset(reinterpret_cast<void*>(to), byte, count);
    written(to, count);
    return SUCCESS;
  });
}
