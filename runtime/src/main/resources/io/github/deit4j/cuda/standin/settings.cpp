// Settings, counts, failures on demand and violations: what the tests read and write.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "standin.h"

namespace standin {

namespace {

struct Arm {
  long call;  // counted down; fails at 0
  int code;   // 0 for the function's own
};

std::map<std::string, long>& values() {
  static std::map<std::string, long> values;
  return values;
}

std::map<std::string, Arm>& arms() {
  static std::map<std::string, Arm> arms;
  return arms;
}

std::string& violations() {
  static std::string violations;
  return violations;
}

void useDefaults() {
  values() = {
      {"devices", 1},
      {"major", 9},
      {"minor", 0},
      {"memory", 2L << 30},
      {"sharedMemory", 227L << 10},
      {"multiprocessors", 132},
      {"driverVersion", 13000},
      {"cublasVersion", 130000},
      {"nvrtcVersion", 13000},
      {"ncclVersion", 22703},
      // What communicators answer who asks for their state, if not 0.
      {"ncclState", 0},
      // Whether all devices are of one model.
      {"alike", 0},
      // Streams do their work as late as they can. 1: those after a device's first as early as
      // they can. 2: all of them.
      {"eager", 0},
      // 1: every access of kernels to memory is watched, and threads run in any order that barriers
      // allow. From before the device is opened until it is closed.
      {"check", 0},
      // 2: what work costs is noted (account.h). 1: and nothing is computed; reads give zeros.
      {"account", 0},
  };
  // Processes that no test can reach have them in the environment.
  for (auto& each : values()) {
    if (const char* text = getenv(("STANDIN_" + each.first).c_str())) {
      each.second = atol(text);
    }
  }
}

bool fails(const std::string& name, int failure, int& code) {
  const auto arm = arms().find(name);
  if (arm == arms().end() || --arm->second.call != 0) {
    return false;
  }
  code = arm->second.code == 0 ? failure : arm->second.code;
  arms().erase(arm);
  return true;
}

const bool initialized = (useDefaults(), true);

}  // namespace

std::recursive_mutex& lock() {
  static std::recursive_mutex mutex;
  return mutex;
}

long& value(const char* name) { return values()[name]; }

int enter(const char* function, int failure) {
  values()["calls"]++;
  values()[std::string("calls.") + function]++;
  int code = 0;
  return fails(function, failure, code) || fails("*", failure, code) ? code : 0;
}

void violate(const char* format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fprintf(stderr, "stand-in: %s\n", text);
  violations().append(text).append("\n");
}

}  // namespace standin

using namespace standin;

EXPORT void standin_set(const char* name, long number) {
  std::lock_guard<std::recursive_mutex> guard(lock());
  value(name) = number;
}

EXPORT long standin_get(const char* name) {
  std::lock_guard<std::recursive_mutex> guard(lock());
  return value(name);
}

// The call-th call from now of the function, or of any for "*", fails; with code 0 as it pleases.
EXPORT void standin_arm(const char* function, long call, int code) {
  std::lock_guard<std::recursive_mutex> guard(lock());
  arms()[function] = {call, code};
}

// Settings as at first, calls not counted, nothing armed, nothing violated; live things stay.
EXPORT void standin_reset() {
  std::lock_guard<std::recursive_mutex> guard(lock());
  std::map<std::string, long> live;
  for (const auto& each : values()) {
    if (each.first.rfind("live.", 0) == 0) {
      live.insert(each);
    }
  }
  useDefaults();
  values().insert(live.begin(), live.end());
  arms().clear();
  violations().clear();
}

EXPORT void standin_violations(char* text, long size) {
  std::lock_guard<std::recursive_mutex> guard(lock());
  checkGuards();
  strncpy(text, violations().c_str(), size - 1);
  text[size - 1] = 0;
}
