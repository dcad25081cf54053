// The driver: streams and events. Work waits in its stream until somebody must have it done, so
// that what is missing between host and device, or between streams, shows.
#include <deque>
#include <map>
#include <set>

#include "graphs.h"
#include "standin.h"

namespace standin {

namespace {

struct Event;

struct Work {
  std::function<int()> run;
  Event* event;   // to wait for or to set, if there is no run
  long mark;      // which of its marks
  bool wait;
};

struct Stream {
  int device;
  bool eager;
  std::deque<Work> queue;
};

struct Event {
  int device;
  long recorded = 0;
  long reached = 0;
  Stream* stream = nullptr;
};

std::set<Stream*> streams;
std::set<Event*> events;

bool step(Stream& stream, bool force);

void reach(Event& event, long mark) {
  while (event.reached < mark && step(*event.stream, true)) {
  }
}

// Does the next work of the stream; false if there is none, or it waits and is not forced.
bool step(Stream& stream, bool force) {
  if (stream.queue.empty()) {
    return false;
  }
  const Work& next = stream.queue.front();
  if (next.wait && next.event->reached < next.mark) {
    if (!force) {
      return false;
    }
    reach(*next.event, next.mark);
    if (next.event->reached < next.mark) {
      return false;
    }
  }
  const Work work = stream.queue.front();
  const int result = work.run && sticky(stream.device) == 0 ? work.run() : SUCCESS;
  if (result == PENDING) {
    return false;
  }
  stream.queue.pop_front();
  if (result != SUCCESS) {
    sticky(stream.device) = result;
  } else if (work.event != nullptr && !work.wait && work.event->reached < work.mark) {
    work.event->reached = work.mark;
  }
  return true;
}

// A real device would wait for as long as another rank likes.
void requireEnd(const char* function, bool ended) {
  if (!ended) {
    violate("%s: waits for other ranks, if need be for ever", function);
  }
}

void finishStream(const char* function, Stream& stream) {
  while (step(stream, true)) {
  }
  requireEnd(function, stream.queue.empty());
  stream.queue.clear();
}

void append(Stream& stream, Work work) {
  stream.queue.push_back(std::move(work));
  // What one stream has done may be what another waits for.
  for (bool progress = true; progress;) {
    progress = false;
    for (Stream* each : streams) {
      while (each->eager && step(*each, false)) {
        progress = true;
      }
    }
  }
}

Stream* stream(const char* function, int device, void* handle) {
  auto* stream = static_cast<Stream*>(handle);
  if (streams.count(stream) == 0 || stream->device != device) {
    violate("%s: no live stream of device %d", function, device);
    return nullptr;
  }
  return stream;
}

Event* event(const char* function, int device, void* handle) {
  auto* event = static_cast<Event*>(handle);
  if (events.count(event) == 0 || event->device != device) {
    violate("%s: no live event of device %d", function, device);
    return nullptr;
  }
  return event;
}

}  // namespace

bool isStream(const char* function, int device, void* handle) {
  return stream(function, device, handle) != nullptr;
}

int enqueue(const char* function, int device, void* handle, Node work) {
  Stream* to = stream(function, device, handle);
  if (to == nullptr) {
    return INVALID_HANDLE;
  }
  if (isCaptured(to)) {
    return capture(function, to, std::move(work));
  }
  if (!work.kernel.empty()) {
    value(("launches." + work.kernel).c_str())++;
  }
  append(*to, {std::move(work.run), nullptr, 0, false});
  return SUCCESS;
}

int enqueue(const char* function, int device, void* handle, std::function<int()> run) {
  Node work;
  work.run = std::move(run);
  return enqueue(function, device, handle, std::move(work));
}

int finish(int device) {
  for (Stream* each : streams) {
    if (each->device == device) {
      finishStream("freeing", *each);
    }
  }
  return sticky(device);
}

}  // namespace standin

using namespace standin;

EXPORT int cuStreamCreate(void** handle, unsigned flags) {
  ENTER_CONTEXT(OUT_OF_MEMORY)
  if (flags != 1) {
    violate("cuStreamCreate: flags %u are not modelled", flags);
    return INVALID_VALUE;
  }
  const bool first = value("live.streams")++ == 0;
  const long eager = value("eager");
  auto* created = new Stream{device, eager == 2 || (eager == 1 && !first), {}};
  streams.insert(created);
  *handle = created;
  return SUCCESS;
}

EXPORT int cuStreamDestroy_v2(void* handle) {
  ENTER_RELEASE(UNKNOWN)
  REFUSE_IN_CAPTURE
  const int device = currentDevice(__func__);
  Stream* found = device < 0 ? nullptr : stream(__func__, device, handle);
  if (found == nullptr) {
    return INVALID_HANDLE;
  }
  finishStream(__func__, *found);
  for (Event* each : events) {
    if (each->stream == found) {
      each->stream = nullptr;
    }
  }
  streams.erase(found);
  delete found;
  value("live.streams")--;
  return armed != 0 ? armed : sticky(device);
}

EXPORT int cuStreamSynchronize(void* handle) {
  ENTER_RELEASE(LAUNCH_FAILED)
  REFUSE_IN_CAPTURE
  value("waits")++;
  const int device = currentDevice(__func__);
  if (device < 0) {
    return INVALID_CONTEXT;
  }
  Stream* found = stream(__func__, device, handle);
  if (found == nullptr) {
    return INVALID_HANDLE;
  }
  finishStream(__func__, *found);
  return armed != 0 ? armed : sticky(device);
}

EXPORT int cuStreamQuery(void* handle) {
  ENTER_CONTEXT(LAUNCH_FAILED)
  REFUSE_IN_CAPTURE
  Stream* found = stream(__func__, device, handle);
  if (found == nullptr) {
    return INVALID_HANDLE;
  }
  while (step(*found, true)) {
  }
  if (sticky(device) != 0) {
    return sticky(device);
  }
  return found->queue.empty() ? SUCCESS : NOT_READY;
}

EXPORT int cuStreamWaitEvent(void* handle, void* eventHandle, unsigned flags) {
  ENTER_CONTEXT(UNKNOWN)
  Stream* found = stream(__func__, device, handle);
  Event* awaited = event(__func__, device, eventHandle);
  if (found == nullptr || awaited == nullptr || flags != 0) {
    return INVALID_HANDLE;
  }
  if (isCaptured(found)) {
    refuseInCapture(CAPTURE_ISOLATION);
    return CAPTURE_ISOLATION;  // no event is ever of the capture
  }
  append(*found, {nullptr, awaited, awaited->recorded, true});
  return SUCCESS;
}

EXPORT int cuEventCreate(void** handle, unsigned flags) {
  ENTER_CONTEXT(OUT_OF_MEMORY)
  if (flags != 2) {
    violate("cuEventCreate: flags %u are not modelled", flags);
    return INVALID_VALUE;
  }
  auto* created = new Event{device};
  events.insert(created);
  value("live.events")++;
  *handle = created;
  return SUCCESS;
}

EXPORT int cuEventDestroy_v2(void* handle) {
  ENTER_RELEASE(UNKNOWN)
  const int device = currentDevice(__func__);
  Event* found = device < 0 ? nullptr : event(__func__, device, handle);
  if (found == nullptr) {
    return INVALID_HANDLE;
  }
  finish(device);
  events.erase(found);
  delete found;
  value("live.events")--;
  return armed != 0 ? armed : sticky(device);
}

EXPORT int cuEventRecord(void* handle, void* streamHandle) {
  ENTER_CONTEXT(UNKNOWN)
  Event* found = event(__func__, device, handle);
  Stream* in = stream(__func__, device, streamHandle);
  if (found == nullptr || in == nullptr) {
    return INVALID_HANDLE;
  }
  if (isCaptured(in)) {
    Node mark;
    mark.uncapturable = true;
    return capture(__func__, in, std::move(mark));
  }
  found->stream = in;
  append(*in, {nullptr, found, ++found->recorded, false});
  return SUCCESS;
}

EXPORT int cuEventSynchronize(void* handle) {
  ENTER_CONTEXT(LAUNCH_FAILED)
  REFUSE_IN_CAPTURE
  value("eventWaits")++;
  Event* found = event(__func__, device, handle);
  if (found == nullptr) {
    return INVALID_HANDLE;
  }
  reach(*found, found->recorded);
  requireEnd(__func__, found->reached >= found->recorded);
  return sticky(device);
}
