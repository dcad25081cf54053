// NCCL between ranks that are threads or processes of this machine: what one sends is a file that
// the other takes away, in a folder that the unique id names.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "check.h"
#include "standin.h"

namespace standin {

namespace {

// Result codes of NCCL.
enum {
  CUDA_ERROR = 1,
  SYSTEM_ERROR = 2,
  INVALID_ARGUMENT = 4,
  INVALID_USAGE = 5,
  REMOTE_ERROR = 6,
  IN_PROGRESS = 7
};

struct UniqueId {
  char folder[128];
};

// As far as every version since 2.14 has it.
struct Config {
  size_t size;
  unsigned magic;
  unsigned version;
  int blocking;
};

struct Message {
  bool received;
  int peer;
  unsigned char* data;
  size_t bytes;
  std::string file;
  bool done = false;
};

struct Communicator {
  std::string folder;
  int rank;
  int size;
  int device;
  bool meeting = true;
  bool aborted = false;
  // What a group has begun and no stream has yet, and how often that must be asked after.
  std::vector<Message> begun;
  void* stream = nullptr;
  int questions = 0;
  std::map<int, long> sent;
  std::map<int, long> received;

  std::string file(const std::string& name) const { return folder + "/" + name; }
};

struct Group {
  int depth = 0;
  int failure = 0;
  Communicator* communicator = nullptr;
  void* stream = nullptr;
  std::vector<Message> messages;
};

std::map<Communicator*, std::shared_ptr<Communicator>> communicators;
thread_local Group group;

bool exists(const std::string& file) {
  struct stat status;
  return stat(file.c_str(), &status) == 0;
}

// Others see the file when it is whole.
bool write(const std::string& file, const void* data, size_t bytes) {
  const std::string partial = file + ".partial";
  std::ofstream out(partial, std::ios::binary);
  out.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  out.close();
  return out && rename(partial.c_str(), file.c_str()) == 0;
}

std::string read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Communicator* find(const char* function, void* handle) {
  auto* found = static_cast<Communicator*>(handle);
  if (communicators.count(found) == 0) {
    violate("%s: no live communicator", function);
    return nullptr;
  }
  if (currentDevice(function) != found->device) {
    violate("%s: the communicator is of device %d", function, found->device);
    return nullptr;
  }
  return found;
}

// What a stream does for a group: all messages at once, and it is done when all have arrived.
int deliver(const Communicator& in, std::vector<Message>& messages, bool& sent) {
  if (in.aborted) {
    return SUCCESS;
  }
  for (Message& each : messages) {
    if (!sent && !each.received && !write(each.file, each.data, each.bytes)) {
      violate("ncclSend: cannot write %s", each.file.c_str());
      return UNKNOWN;
    }
  }
  sent = true;
  bool all = true;
  for (Message& each : messages) {
    if (each.done || exists(each.file) == each.received) {
      each.done = true;
    }
    if (each.received && each.done && !each.file.empty()) {
      const std::string data = read(each.file);
      if (data.size() != each.bytes) {
        violate("ncclRecv: rank %d expects %zu bytes of rank %d, which sends %zu", in.rank,
                each.bytes, each.peer, data.size());
        return UNKNOWN;
      }
      memcpy(each.data, data.data(), each.bytes);
      standin::written(reinterpret_cast<uintptr_t>(each.data), each.bytes);
      unlink(each.file.c_str());
      each.file.clear();
    }
    all &= each.done;
  }
  return all ? SUCCESS : PENDING;
}

// Whether all ranks have come; the code of what is wrong with them, if anything.
int meet(Communicator& with) {
  std::map<std::string, int> devices;
  for (int rank = 0; rank < with.size; rank++) {
    const std::string file = with.file("rank-" + std::to_string(rank));
    if (!exists(file)) {
      return IN_PROGRESS;
    }
    if (!devices.insert({read(file), rank}).second) {
      return INVALID_USAGE;
    }
  }
  with.meeting = false;
  return SUCCESS;
}

int call(const char* function, bool received, void* data, size_t count, int type, int peer,
         void* handle, void* stream) {
  Communicator* in = find(function, handle);
  if (in == nullptr) {
    return INVALID_ARGUMENT;
  }
  if (group.depth != 1 || (group.communicator != nullptr && group.communicator != in) ||
      (group.stream != nullptr && group.stream != stream)) {
    violate("%s: other than in a group of one communicator and stream is not modelled", function);
    return INVALID_USAGE;
  }
  if (in->meeting || !in->begun.empty()) {
    violate("%s: rank %d has something in progress", function, in->rank);
    return INVALID_USAGE;
  }
  if (type != 0 || peer < 0 || peer >= in->size || peer == in->rank) {
    violate("%s: type %d, rank %d for rank %d are not modelled", function, type, peer, in->rank);
    return INVALID_ARGUMENT;
  }
  if (!inDevice(function, reinterpret_cast<uintptr_t>(data), count)) {
    return CUDA_ERROR;
  }
  group.communicator = in;
  group.stream = stream;
  const int from = received ? peer : in->rank;
  const int to = received ? in->rank : peer;
  const long number = received ? in->received[peer]++ : in->sent[peer]++;
  const std::string name = "from-" + std::to_string(from) + "-to-" + std::to_string(to) + "-" +
                           std::to_string(number);
  group.messages.push_back(
      {received, peer, static_cast<unsigned char*>(data), count, in->file(name)});
  return SUCCESS;
}

// Removes what a rank has left, and the folder if nobody else has anything in it.
void clear(const Communicator& of) {
  const std::string own = std::to_string(of.rank);
  if (DIR* folder = opendir(of.folder.c_str())) {
    while (const dirent* entry = readdir(folder)) {
      const std::string name = entry->d_name;
      if (name == "rank-" + own || name.rfind("from-" + own + "-", 0) == 0 ||
          name.find("-to-" + own + "-") != std::string::npos) {
        unlink(of.file(name).c_str());
      }
    }
    closedir(folder);
  }
  rmdir(of.folder.c_str());
}

}  // namespace

}  // namespace standin

using namespace standin;

EXPORT int ncclGetVersion(int* version) {
  ENTER(SYSTEM_ERROR)
  *version = static_cast<int>(value("ncclVersion"));
  return SUCCESS;
}

EXPORT const char* ncclGetErrorString(int code) {
  switch (code) {
    case SUCCESS: return "no error";
    case CUDA_ERROR: return "unhandled cuda error";
    case SYSTEM_ERROR: return "unhandled system error";
    case INVALID_ARGUMENT: return "invalid argument";
    case INVALID_USAGE: return "invalid usage";
    case REMOTE_ERROR: return "remote process exited or there was a network error";
    case IN_PROGRESS: return "NCCL operation in progress";
    default: return "unknown result code";
  }
}

EXPORT const char* ncclGetLastError(void*) { return "an error of the stand-in"; }

EXPORT int ncclGetUniqueId(UniqueId* id) {
  ENTER(SYSTEM_ERROR)
  const char* temporary = getenv("TMPDIR");
  std::random_device random;
  snprintf(id->folder, sizeof id->folder, "%s/standin-nccl-%d-%08x%08x",
           temporary == nullptr ? "/tmp" : temporary, getpid(), random(), random());
  return SUCCESS;
}

EXPORT int ncclCommInitRankConfig(void** handle, int size, UniqueId id, int rank, Config* config) {
  ENTER(SYSTEM_ERROR)
  const int device = currentDevice(__func__);
  if (device < 0) {
    return CUDA_ERROR;
  }
  if (config->size < sizeof(Config) || config->magic != 0xcafebeef || config->version < 21400 ||
      rank < 0 || rank >= size) {
    return INVALID_ARGUMENT;
  }
  if (config->blocking != 0) {
    violate("ncclCommInitRankConfig: calls that block are not modelled");
    return INVALID_ARGUMENT;
  }
  auto made = std::make_shared<Communicator>();
  made->folder = id.folder;
  made->rank = rank;
  made->size = size;
  made->device = device;
  mkdir(id.folder, 0700);
  if (!write(made->file("rank-" + std::to_string(rank)), &device, sizeof device)) {
    return SYSTEM_ERROR;
  }
  communicators[made.get()] = made;
  value("live.communicators")++;
  *handle = made.get();
  return IN_PROGRESS;
}

EXPORT int ncclCommGetAsyncError(void* handle, int* state) {
  ENTER(SYSTEM_ERROR)
  Communicator* of = find(__func__, handle);
  if (of == nullptr) {
    return INVALID_ARGUMENT;
  }
  *state = static_cast<int>(value("ncclState"));
  if (*state == SUCCESS && of->meeting) {
    *state = meet(*of);
  } else if (*state == SUCCESS && !of->begun.empty()) {
    *state = IN_PROGRESS;
    if (--of->questions == 0) {
      auto shared = communicators[of];
      auto messages = std::make_shared<std::vector<Message>>();
      messages->swap(of->begun);
      auto sent = std::make_shared<bool>(false);
      *state = enqueue("ncclGroupEnd", of->device, of->stream,
                       [=] { return deliver(*shared, *messages, *sent); });
    }
  }
  return SUCCESS;
}

EXPORT int ncclCommAbort(void* handle) {
  ENTER_RELEASE(SYSTEM_ERROR)
  Communicator* of = find(__func__, handle);
  if (of == nullptr) {
    return INVALID_ARGUMENT;
  }
  if (group.depth != 0) {
    violate("ncclCommAbort: within a group");
  }
  of->aborted = true;
  clear(*of);
  communicators.erase(of);
  value("live.communicators")--;
  return armed;
}

EXPORT int ncclGroupStart() {
  ENTER(SYSTEM_ERROR)
  if (group.depth != 0) {
    violate("ncclGroupStart: groups within groups are not modelled");
    return INVALID_USAGE;
  }
  group.depth = 1;
  return SUCCESS;
}

EXPORT int ncclGroupEnd() {
  ENTER_RELEASE(SYSTEM_ERROR)
  if (group.depth != 1) {
    violate("ncclGroupEnd: there is no group");
    return INVALID_USAGE;
  }
  Group ended;
  std::swap(ended, group);
  if (armed != 0 || ended.failure != 0 || ended.messages.empty()) {
    return armed != 0 ? armed : ended.failure;
  }
  // Begins in the background, as the configuration says.
  ended.communicator->begun = ended.messages;
  ended.communicator->stream = ended.stream;
  ended.communicator->questions = 2;
  return IN_PROGRESS;
}

EXPORT int ncclSend(const void* data, size_t count, int type, int peer, void* communicator,
                    void* stream) {
  ENTER_RELEASE(SYSTEM_ERROR)
  group.failure = armed != 0 ? armed
                             : call(__func__, false, const_cast<void*>(data), count, type, peer,
                                    communicator, stream);
  return group.failure;
}

EXPORT int ncclRecv(void* data, size_t count, int type, int peer, void* communicator,
                    void* stream) {
  ENTER_RELEASE(SYSTEM_ERROR)
  group.failure =
      armed != 0 ? armed : call(__func__, true, data, count, type, peer, communicator, stream);
  return group.failure;
}
