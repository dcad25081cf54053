// NVRTC: compiles kernels by the compiler that has built the stand-in.
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "block.h"
#include "standin.h"

namespace {

enum { NVRTC_SUCCESS = 0, NVRTC_MEMORY = 1, NVRTC_INPUT = 3, NVRTC_PROGRAM = 4, NVRTC_OPTION = 5,
       NVRTC_COMPILATION = 6, NVRTC_INTERNAL = 11 };

const int ARCHITECTURES[] = {75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121};

struct Program {
  std::string name;
  std::string source;
  std::map<std::string, std::string> headers;
  std::string log;
  std::vector<char> binary;
};

std::set<Program*> programs;

Program* program(const char* function, void* handle) {
  auto* program = static_cast<Program*>(handle);
  if (programs.count(program) == 0) {
    standin::violate("%s: no live program", function);
    return nullptr;
  }
  return program;
}

// The folder of this library, where the compiler's notes lie too.
std::string folder() {
  Dl_info info;
  dladdr(reinterpret_cast<void*>(&program), &info);
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}

std::string read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

// FNV-1a, twice from different starts.
std::string hash(const std::string& text) {
  char hex[33];
  uint64_t a = 0xcbf29ce484222325u;
  uint64_t b = 0x84222325cbf29ce4u;
  for (const unsigned char c : text) {
    a = (a ^ c) * 0x100000001b3u;
    b = (b ^ c) * 0x100000001b3u + 1;
  }
  snprintf(hex, sizeof hex, "%016zx%016zx", static_cast<size_t>(a), static_cast<size_t>(b));
  return hex;
}

// Dynamic shared memory has no place of its own until the launch.
std::string forHost(const std::string& source) {
  static const std::regex dynamic(R"(extern\s+__shared__\s+([\w ]+?)\s+(\w+)\[\]\s*;)");
  return std::regex_replace(
      source, dynamic,
      "\n#define $2 (reinterpret_cast<$1*>(standin_registers.dynamicShared))\n");
}

std::string unit(const Program& program) {
  static const std::regex kernel(
      R"(extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\([^)]*\)\s*)?(KERNEL\(\w+\)|\w+)\s*\()");
  std::string text = forHost(program.source) + "\n";
  const std::sregex_iterator none;
  for (std::sregex_iterator each(program.source.begin(), program.source.end(), kernel);
       each != none; ++each) {
    text += "STANDIN_KERNEL(" + (*each)[1].str() + ")\n";
  }
  return text;
}

// Returns the folder's library for the program, compiled now if it is not there; empty on failure.
std::string compile(Program& program) {
  const std::string home = folder();
  // To be watched, code keeps every access that the source has, as it is there, and where it is.
  // What is not going to run need not be fast.
  const std::string options = standin::value("check") != 0     ? " -fsanitize=thread,bounds -O1 -g1"
                              : standin::value("account") == 1 ? " -O0"
                                                               : "";
  std::string all = options + unit(program) + read(home + "/kernel.h");
  for (const auto& header : program.headers) {
    all += header.first + header.second;
  }
  const std::string base = home + "/kernels/" + hash(all);
  const std::string library = base + ".so";
  if (access(library.c_str(), R_OK) == 0) {
    return library;
  }
  mkdir((home + "/kernels").c_str(), 0755);
  const std::string work = base + "." + std::to_string(getpid());
  mkdir(work.c_str(), 0755);
  for (const auto& header : program.headers) {
    write(work + "/" + header.first, forHost(header.second));
  }
  write(work + "/" + program.name, unit(program));
  const std::string command = "cd '" + work + "' && " + STANDIN_COMPILER +
                              " -include '" + home + "/kernel.h' -Wno-unknown-pragmas -fno-gnu-unique -I." + options +
                              " -x c++ -c '" + program.name + "' -o unit.o > log 2>&1 && " + STANDIN_COMPILER +
                              " -Wl,-Bsymbolic unit.o -o unit.so '" + home +
                              "/libcuda.so.1' >> log 2>&1";
  const bool compiled = system(command.c_str()) == 0;
  program.log = read(work + "/log");
  if (compiled) {
    rename((work + "/unit.so").c_str(), library.c_str());
  }
  if (system(("rm -r '" + work + "'").c_str()) != 0) {
    standin::violate("cannot delete %s", work.c_str());
  }
  return compiled ? library : "";
}

// The architecture of the options; 0 if one of them is none that nvcc and NVRTC both have.
int architecture(int count, const char* const* options) {
  static const std::set<std::string> known = {"--std=c++17", "--generate-line-info"};
  static const std::string arch = "--gpu-architecture=sm_";
  int result = 0;
  for (int i = 0; i < count; i++) {
    const std::string option = options[i];
    if (option.compare(0, arch.size(), arch) == 0) {
      result = atoi(option.c_str() + arch.size());
    } else if (known.count(option) == 0) {
      return 0;
    }
  }
  const auto* end = std::end(ARCHITECTURES);
  return std::find(std::begin(ARCHITECTURES), end, result) == end ? 0 : result;
}

}  // namespace

EXPORT const char* nvrtcGetErrorString(int code) {
  switch (code) {
    case NVRTC_SUCCESS:
      return "NVRTC_SUCCESS";
    case NVRTC_MEMORY:
      return "NVRTC_ERROR_OUT_OF_MEMORY";
    case NVRTC_INPUT:
      return "NVRTC_ERROR_INVALID_INPUT";
    case NVRTC_PROGRAM:
      return "NVRTC_ERROR_INVALID_PROGRAM";
    case NVRTC_OPTION:
      return "NVRTC_ERROR_INVALID_OPTION";
    case NVRTC_COMPILATION:
      return "NVRTC_ERROR_COMPILATION";
    case NVRTC_INTERNAL:
      return "NVRTC_ERROR_INTERNAL_ERROR";
    default:
      return "NVRTC_ERROR unknown";
  }
}

EXPORT int nvrtcVersion(int* major, int* minor) {
  ENTER(NVRTC_INTERNAL)
  *major = static_cast<int>(standin::value("nvrtcVersion") / 1000);
  *minor = static_cast<int>(standin::value("nvrtcVersion") % 1000 / 10);
  return NVRTC_SUCCESS;
}

EXPORT int nvrtcGetNumSupportedArchs(int* count) {
  ENTER(NVRTC_INTERNAL)
  *count = std::size(ARCHITECTURES);
  return NVRTC_SUCCESS;
}

EXPORT int nvrtcGetSupportedArchs(int* architectures) {
  ENTER(NVRTC_INTERNAL)
  memcpy(architectures, ARCHITECTURES, sizeof ARCHITECTURES);
  return NVRTC_SUCCESS;
}

EXPORT int nvrtcCreateProgram(void** handle, const char* source, const char* name, int headers,
                              const char* const* texts, const char* const* names) {
  ENTER(NVRTC_MEMORY)
  if (source == nullptr || name == nullptr || headers < 0) {
    standin::violate("nvrtcCreateProgram: no source or name");
    return NVRTC_INPUT;
  }
  auto* created = new Program{name, source, {}, "", {}};
  for (int i = 0; i < headers; i++) {
    created->headers[names[i]] = texts[i];
  }
  programs.insert(created);
  standin::value("live.programs")++;
  *handle = created;
  return NVRTC_SUCCESS;
}

EXPORT int nvrtcDestroyProgram(void** handle) {
  ENTER_RELEASE(NVRTC_INTERNAL)
  Program* found = program(__func__, *handle);
  if (found == nullptr) {
    return NVRTC_PROGRAM;
  }
  programs.erase(found);
  delete found;
  standin::value("live.programs")--;
  *handle = nullptr;
  return armed;
}

EXPORT int nvrtcCompileProgram(void* handle, int count, const char* const* options) {
  ENTER(NVRTC_INTERNAL)
  Program* found = program(__func__, handle);
  if (found == nullptr) {
    return NVRTC_PROGRAM;
  }
  const int arch = architecture(count, options);
  if (arch == 0) {
    standin::violate("nvrtcCompileProgram: an option is not modelled");
    return NVRTC_OPTION;
  }
  const std::string library = compile(*found);
  if (library.empty()) {
    return NVRTC_COMPILATION;
  }
  const std::string bytes = read(library);
  standin::Image image = {};
  memcpy(image.magic, standin::IMAGE_MAGIC, sizeof image.magic);
  image.architecture = arch;
  image.size = bytes.size();
  image.watched = standin::value("check") != 0;
  snprintf(image.file, sizeof image.file, "%s", library.c_str());
  const auto* start = reinterpret_cast<const char*>(&image);
  found->binary.assign(start, start + sizeof image);
  found->binary.insert(found->binary.end(), bytes.begin(), bytes.end());
  return NVRTC_SUCCESS;
}

EXPORT int nvrtcGetCUBINSize(void* handle, size_t* size) {
  ENTER(NVRTC_INTERNAL)
  Program* found = program(__func__, handle);
  if (found == nullptr || found->binary.empty()) {
    return NVRTC_PROGRAM;
  }
  *size = found->binary.size();
  return NVRTC_SUCCESS;
}

EXPORT int nvrtcGetCUBIN(void* handle, char* binary) {
  ENTER(NVRTC_INTERNAL)
  Program* found = program(__func__, handle);
  if (found == nullptr || found->binary.empty()) {
    return NVRTC_PROGRAM;
  }
  memcpy(binary, found->binary.data(), found->binary.size());
  return NVRTC_SUCCESS;
}

EXPORT int nvrtcGetProgramLogSize(void* handle, size_t* size) {
  ENTER(NVRTC_INTERNAL)
  Program* found = program(__func__, handle);
  if (found == nullptr) {
    return NVRTC_PROGRAM;
  }
  *size = found->log.size() + 1;
  return NVRTC_SUCCESS;
}

EXPORT int nvrtcGetProgramLog(void* handle, char* log) {
  ENTER(NVRTC_INTERNAL)
  Program* found = program(__func__, handle);
  if (found == nullptr) {
    return NVRTC_PROGRAM;
  }
  memcpy(log, found->log.c_str(), found->log.size() + 1);
  return NVRTC_SUCCESS;
}
