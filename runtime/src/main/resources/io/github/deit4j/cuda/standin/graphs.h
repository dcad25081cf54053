// Work of a stream, to be done or to be captured.
#pragma once

#include <functional>
#include <string>

namespace standin {

struct Node {
  std::function<int()> run;      // returns a result code, or PENDING
  std::function<bool()> isLive;  // whether what it points to lives; a violation if not
  std::string kernel;            // the name, if it is one
  bool uncapturable = false;     // what the stand-in does not have in graphs
};

// Whether work is at hand that is part of a graph.
bool isOfGraph();

// Whether a stream's work is captured, not done.
bool isCaptured(void* stream);

// Adds to what is captured of a stream.
int capture(const char* function, void* stream, Node node);

// At calls that the calling thread must not make while it captures: the code, and the capture is no
// longer valid; or 0.
int refuseInCapture(int code);

// Whether it is a live stream of the device; a violation if not.
bool isStream(const char* function, int device, void* stream);

// Appends work to a stream, which must be one of the device's.
int enqueue(const char* function, int device, void* stream, Node work);

}  // namespace standin

// At the start of calls that the driver does not allow the capturing thread.
#define REFUSE_IN_CAPTURE                                                         \
  if (const int refused = standin::refuseInCapture(standin::CAPTURE_UNSUPPORTED)) { \
    return refused;                                                               \
  }
