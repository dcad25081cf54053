// The driver: modules and launches. A launch checks everything now and runs when its stream does.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "account.h"
#include "block.h"
#include "graphs.h"
#include "standin.h"

namespace standin {

namespace {

constexpr int STATIC_SHARED = 48 << 10;
constexpr int MOST_THREADS = 1024;

struct Module;

struct Function {
  Module* module;
  std::string name;
  Kernel kernel;
  int shared = STATIC_SHARED;
};

struct Module {
  int device;
  void* library;
  bool watched;
  std::string file;  // where the library lies too
  std::map<std::string, std::unique_ptr<Function>> functions;
  std::shared_ptr<int> use;  // every launch in a stream has one more
};

std::set<Module*> modules;

Function* function(const char* caller, int device, void* handle) {
  for (Module* module : modules) {
    for (const auto& each : module->functions) {
      if (each.second.get() == handle && module->device == device) {
        return each.second.get();
      }
    }
  }
  violate("%s: no live function of device %d", caller, device);
  return nullptr;
}

// Loads the library that the image holds after its header.
void* load(const Image& image) {
  char name[] = "/tmp/standin-module-XXXXXX";
  const int file = mkstemp(name);
  const auto* bytes = reinterpret_cast<const char*>(&image + 1);
  bool written = file >= 0;
  for (size_t done = 0; written && done < image.size;) {
    const ssize_t some = write(file, bytes + done, image.size - done);
    written = some > 0;
    done += some;
  }
  close(file);
  void* library = written ? dlopen(name, RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (library == nullptr) {
    violate("cuModuleLoadData: %s", written ? dlerror() : "cannot write to /tmp");
  }
  unlink(name);
  return library;
}

// Whether all pointers among the parameters are 0 or lie in live allocations.
bool pointersLive(const Launch& launch) {
  const std::string what = "kernel " + launch.name;
  for (int i = 0; i < launch.kernel.count; i++) {
    const uintptr_t address = launch.kernel.pointers[i] ? launch.values[i] : 0;
    if (address != 0 && !inDevice(what.c_str(), address, 1)) {
      return false;
    }
  }
  return true;
}

}  // namespace

}  // namespace standin

using namespace standin;

EXPORT int cuModuleLoadData(void** module, const void* bytes) {
  ENTER_CONTEXT(OUT_OF_MEMORY)
  REFUSE_IN_CAPTURE
  const auto* image = static_cast<const Image*>(bytes);
  if (memcmp(image->magic, IMAGE_MAGIC, sizeof image->magic) != 0) {
    return INVALID_IMAGE;
  }
  if (image->architecture != 10 * value("major") + value("minor")) {
    return NO_BINARY_FOR_GPU;
  }
  void* library = load(*image);
  if (library == nullptr) {
    return INVALID_IMAGE;
  }
  auto* created = new Module{device, library, image->watched, image->file, {}, std::make_shared<int>()};
  modules.insert(created);
  value("live.modules")++;
  *module = created;
  return SUCCESS;
}

EXPORT int cuModuleUnload(void* handle) {
  ENTER_RELEASE(UNKNOWN)
  REFUSE_IN_CAPTURE
  const int device = currentDevice(__func__);
  auto* module = static_cast<Module*>(handle);
  if (device < 0 || modules.count(module) == 0 || module->device != device) {
    violate("cuModuleUnload: no live module of device %d", device);
    return INVALID_HANDLE;
  }
  if (module->use.use_count() > 1) {
    violate("cuModuleUnload: with launches that have not run");
    finish(device);
  }
  modules.erase(module);
  dlclose(module->library);
  delete module;
  value("live.modules")--;
  return armed != 0 ? armed : sticky(device);
}

EXPORT int cuModuleGetFunction(void** result, void* handle, const char* name) {
  ENTER_CONTEXT(UNKNOWN)
  auto* module = static_cast<Module*>(handle);
  if (modules.count(module) == 0 || module->device != device) {
    violate("cuModuleGetFunction: no live module of device %d", device);
    return INVALID_HANDLE;
  }
  const auto describe =
      reinterpret_cast<Kernel (*)()>(dlsym(module->library, (std::string("standin_kernel_") + name).c_str()));
  if (describe == nullptr) {
    return NOT_FOUND;
  }
  auto& found = module->functions[name];
  if (!found) {
    found.reset(new Function{module, name, describe()});
  }
  *result = found.get();
  return SUCCESS;
}

EXPORT int cuFuncSetAttribute(void* handle, int attribute, int number) {
  ENTER_CONTEXT(UNKNOWN)
  Function* found = function(__func__, device, handle);
  if (found == nullptr) {
    return INVALID_HANDLE;
  }
  if (attribute != 8 || number < 0 || number > value("sharedMemory")) {
    violate("cuFuncSetAttribute: %d = %d is not modelled or too much", attribute, number);
    return INVALID_VALUE;
  }
  found->shared = number;
  return SUCCESS;
}

EXPORT int cuLaunchKernel(
    void* handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
    unsigned blockZ, unsigned sharedBytes, void* stream, void** parameters, void** extra) {
  ENTER_CONTEXT(UNKNOWN)
  Function* found = function(__func__, device, handle);
  if (found == nullptr) {
    return INVALID_HANDLE;
  }
  const auto fits = [](unsigned size, unsigned most) { return size >= 1 && size <= most; };
  if (!fits(gridX, 0x7fffffff) || !fits(gridY, 65535) || !fits(gridZ, 65535) ||
      !fits(blockX, MOST_THREADS) || !fits(blockY, MOST_THREADS) || !fits(blockZ, 64) ||
      blockX * blockY * blockZ > MOST_THREADS || sharedBytes > static_cast<unsigned>(found->shared) ||
      extra != nullptr || (found->kernel.count > 0 && parameters == nullptr)) {
    violate("kernel %s: %u×%u×%u blocks of %u×%u×%u threads with %u bytes, of %d allowed",
            found->name.c_str(), gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes,
            found->shared);
    return INVALID_VALUE;
  }
  // The parameters are copied now, as the driver does.
  auto launch = std::make_shared<Launch>();
  launch->name = found->name;
  launch->kernel = found->kernel;
  launch->library = found->module->library;
  launch->grid = {gridX, gridY, gridZ};
  launch->block = {blockX, blockY, blockZ};
  launch->sharedBytes = sharedBytes;
  launch->watched = found->module->watched && value("check") != 0;
  launch->file = found->module->file;
  launch->values.resize(found->kernel.count);
  for (int i = 0; i < found->kernel.count; i++) {
    memcpy(&launch->values[i], parameters[i], found->kernel.sizes[i]);
  }
  if (!pointersLive(*launch)) {
    return INVALID_VALUE;
  }
  const bool counted = isCounting();
  // A kernel that fails on demand.
  const int failure = static_cast<int>(value("sticky"));
  const bool computed = isComputing();
  Node node;
  node.kernel = launch->name;
  node.isLive = [launch] { return pointersLive(*launch); };
  node.run = [=, use = found->module->use] {
    Cost cost = {0, 0, 0};
    if (counted) {
      cost = costOf(*launch);
      note(launch->name, cost);
    }
    if (failure != 0 || !computed) {
      return failure;
    }
    const int result = run(*launch);
    if (result == SUCCESS && counted && launch->watched) {
      requireCost(*launch, cost, watchedTraffic());
    }
    return result;
  };
  return enqueue(__func__, device, stream, std::move(node));
}
