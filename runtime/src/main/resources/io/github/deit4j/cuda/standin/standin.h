// What the parts of the stand-in share. All state is in libcuda; the other libraries link to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

namespace standin {

// Result codes of the driver.
enum {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  NO_BINARY_FOR_GPU = 209,
  INVALID_HANDLE = 400,
  ILLEGAL_STATE = 401,
  NOT_FOUND = 500,
  NOT_READY = 600,
  LAUNCH_FAILED = 719,
  CAPTURE_UNSUPPORTED = 900,
  CAPTURE_INVALIDATED = 901,
  CAPTURE_ISOLATION = 905,
  CAPTURE_WRONG_THREAD = 908,
  UNKNOWN = 999
};

// What work of a stream returns that must be tried again: it waits for another rank.
constexpr int PENDING = -1;

// Every call of every library holds it.
std::recursive_mutex& lock();

// Counts a call. Returns the code with which it was told to fail, or 0.
int enter(const char* function, int failure);

// Notes a call that a program must never make, and says so on stderr.
void violate(const char* format, ...) __attribute__((format(printf, 1, 2)));

// A setting or count by name; see settings.cpp.
long& value(const char* name);

// The device whose context is the calling thread's; a violation and -1 if there is none.
int currentDevice(const char* function);

// The failure of earlier work on the device, which every later call returns.
int& sticky(int device);

// Whether so many bytes lie in one live allocation on the device; a violation if not.
bool inDevice(const char* what, uintptr_t address, size_t bytes);

// The same for pinned memory of the host.
bool inPinned(const char* what, uintptr_t address, size_t bytes);

// Whether all numbers around allocations are untouched; violations if not.
void checkGuards();

// Appends work to a stream, which must be one of the device's; work returns a result code, or
// PENDING and stays the stream's next.
int enqueue(const char* function, int device, void* stream, std::function<int()> work);

// Does all work of the device. Returns its sticky result.
int finish(int device);

}  // namespace standin

// At the start of every function that a library exports: `failure` is what it returns when it is
// told to fail without a code.
#define ENTER(failure)                                              \
  std::lock_guard<std::recursive_mutex> guard(standin::lock());     \
  if (const int armed = standin::enter(__func__, failure)) {        \
    return armed;                                                   \
  }

// The same for functions that give something back: they do it, and then fail.
#define ENTER_RELEASE(failure)                                      \
  std::lock_guard<std::recursive_mutex> guard(standin::lock());     \
  const int armed = standin::enter(__func__, failure);

// The same for functions that need a context, of a device whose work has not failed.
#define ENTER_CONTEXT(failure)                                      \
  ENTER(failure)                                                    \
  const int device = standin::currentDevice(__func__);              \
  if (device < 0) {                                                 \
    return standin::INVALID_CONTEXT;                                \
  }                                                                 \
  if (standin::sticky(device) != 0) {                               \
    return standin::sticky(device);                                 \
  }

#define EXPORT extern "C" __attribute__((visibility("default")))
