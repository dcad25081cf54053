// The driver: work of a stream captured as a graph, which is launched as a whole.
//
// Captures are of the mode "thread local": what the driver calls potentially unsafe must not be
// called by the capturing thread meanwhile, which ends the capture and shows when it is closed.
#include "graphs.h"

#include <map>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "standin.h"

namespace standin {

namespace {

struct Capture {
  int device;
  std::thread::id thread;
  bool valid = true;
  std::vector<Node> nodes;
};

struct Graph {
  int device;
  std::shared_ptr<std::vector<Node>> nodes;
};

std::map<void*, Capture> captures;  // by their streams
std::set<Graph*> graphs;
std::set<Graph*> executables;
bool running = false;

Graph* find(const std::set<Graph*>& all, const char* function, int device, void* handle) {
  auto* graph = static_cast<Graph*>(handle);
  if (all.count(graph) == 0 || graph->device != device) {
    violate("%s: no live graph of device %d", function, device);
    return nullptr;
  }
  return graph;
}

int destroy(std::set<Graph*>& all, const char* kind, const char* function, void* handle) {
  const int device = currentDevice(function);
  Graph* graph = device < 0 ? nullptr : find(all, function, device, handle);
  if (graph == nullptr) {
    return INVALID_HANDLE;
  }
  all.erase(graph);
  delete graph;
  value(kind)--;
  return SUCCESS;
}

int run(const std::vector<Node>& nodes) {
  running = true;
  int result = SUCCESS;
  for (const Node& node : nodes) {
    const int failure = static_cast<int>(value("sticky"));
    if (!node.kernel.empty()) {
      value(("launches." + node.kernel).c_str())++;
    }
    result = failure != 0 ? failure : node.run();
    if (result != SUCCESS) {
      break;
    }
  }
  running = false;
  return result;
}

}  // namespace

bool isOfGraph() { return running; }

bool isCaptured(void* stream) { return captures.count(stream) != 0; }

int capture(const char* function, void* stream, Node node) {
  Capture& capture = captures.at(stream);
  if (!capture.valid) {
    return CAPTURE_INVALIDATED;
  }
  if (node.uncapturable) {
    violate("%s: is not modelled in a captured stream", function);
    capture.valid = false;
    return CAPTURE_UNSUPPORTED;
  }
  capture.nodes.push_back(std::move(node));
  return SUCCESS;
}

int refuseInCapture(int code) {
  for (auto& each : captures) {
    if (each.second.thread == std::this_thread::get_id()) {
      each.second.valid = false;
      return code;
    }
  }
  return SUCCESS;
}

}  // namespace standin

using namespace standin;

EXPORT int cuStreamBeginCapture_v2(void* stream, int mode) {
  ENTER_CONTEXT(UNKNOWN)
  if (!isStream(__func__, device, stream)) {
    return INVALID_HANDLE;
  }
  if (mode != 1) {
    violate("cuStreamBeginCapture: mode %d is not modelled", mode);
    return INVALID_VALUE;
  }
  if (isCaptured(stream)) {
    return ILLEGAL_STATE;
  }
  captures[stream] = {device, std::this_thread::get_id()};
  return SUCCESS;
}

EXPORT int cuStreamEndCapture(void* stream, void** graph) {
  ENTER_RELEASE(UNKNOWN)
  *graph = nullptr;
  const int device = currentDevice(__func__);
  if (device < 0 || !isStream(__func__, device, stream)) {
    return INVALID_HANDLE;
  }
  const auto found = captures.find(stream);
  if (found == captures.end()) {
    return ILLEGAL_STATE;
  }
  if (found->second.thread != std::this_thread::get_id()) {
    found->second.valid = false;
    return CAPTURE_WRONG_THREAD;
  }
  const Capture ended = std::move(found->second);
  captures.erase(found);
  if (armed != 0 || !ended.valid) {
    return armed != 0 ? armed : CAPTURE_INVALIDATED;
  }
  auto* created = new Graph{device, std::make_shared<std::vector<Node>>(ended.nodes)};
  graphs.insert(created);
  value("live.graphs")++;
  *graph = created;
  return SUCCESS;
}

EXPORT int cuGraphInstantiateWithFlags(void** executable, void* handle, unsigned long long flags) {
  ENTER_CONTEXT(OUT_OF_MEMORY)
  const Graph* graph = find(graphs, __func__, device, handle);
  if (graph == nullptr || flags != 0) {
    return INVALID_VALUE;
  }
  auto* created = new Graph(*graph);
  executables.insert(created);
  value("live.graphExecs")++;
  *executable = created;
  return SUCCESS;
}

// What the graph's nodes point to must live as it did when they were captured.
EXPORT int cuGraphLaunch(void* handle, void* stream) {
  ENTER_CONTEXT(UNKNOWN)
  const Graph* graph = find(executables, __func__, device, handle);
  if (graph == nullptr) {
    return INVALID_HANDLE;
  }
  for (const Node& node : *graph->nodes) {
    if (node.isLive && !node.isLive()) {
      return INVALID_VALUE;
    }
  }
  value("graphLaunches")++;
  Node launch;
  launch.run = [nodes = graph->nodes] { return run(*nodes); };
  launch.uncapturable = true;
  return enqueue(__func__, device, stream, std::move(launch));
}

EXPORT int cuGraphExecDestroy(void* handle) {
  ENTER_RELEASE(UNKNOWN)
  const int result = destroy(executables, "live.graphExecs", __func__, handle);
  return armed != 0 ? armed : result;
}

EXPORT int cuGraphDestroy(void* handle) {
  ENTER_RELEASE(UNKNOWN)
  const int result = destroy(graphs, "live.graphs", __func__, handle);
  return armed != 0 ? armed : result;
}
