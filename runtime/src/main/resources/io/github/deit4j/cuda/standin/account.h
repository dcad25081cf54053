// Counts what work costs a device: bytes of its memory that must be read and written, each once, and
// operations. From the arguments of kernels and products alone, so that nothing need be computed.
#pragma once

#include <string>

#include "block.h"
#include "check.h"

namespace standin {

// What does the arithmetic.
enum class Unit { FLOAT32, TF32, BFLOAT16, NONE };

struct Cost {
  double read, written;  // bytes
  double operations;     // a multiplication with an addition counts as two, all else as one
  Unit unit = Unit::FLOAT32;
  bool most = false;  // what is read depends on the numbers, and may be less
};

// Whether costs are noted; with 1 for the setting `account` nothing is computed.
bool isCounting();
bool isComputing();

// What a launch costs; a violation and nothing if nobody has said what its kernel does.
Cost costOf(const Launch& launch);

// A violation unless the launch, which has been watched, has done just that.
void requireCost(const Launch& launch, const Cost& cost, const Traffic& traffic);

// Notes work under a name. Same work is one line.
void note(const std::string& name, const Cost& cost);

}  // namespace standin
