// A product as callers of cuBLAS and cuBLASLt describe it, and what they may ask for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "product.h"

namespace standin {

enum { CUBLAS_SUCCESS = 0, CUBLAS_ALLOC = 3, CUBLAS_VALUE = 7, CUBLAS_EXECUTION = 13,
       CUBLAS_INTERNAL = 14, CUBLAS_UNSUPPORTED = 15 };
enum { COMPUTE_32F = 68, COMPUTE_TF32 = 77 };

struct Description {
  int compute;
  int transposeA = 0;
  int transposeB = 0;
  int epilogue = EPILOGUE_DEFAULT;
  uintptr_t vector = 0;  // bias, or its gradient
  uintptr_t aux = 0;
  long auxStride = 0;

  bool hasVector() const { return epilogue != EPILOGUE_DEFAULT && epilogue != EPILOGUE_DGELU; }
  bool hasAux() const { return epilogue == EPILOGUE_GELU_AUX_BIAS || epilogue == EPILOGUE_DGELU; }
};

struct Layout {
  int type;
  long rows, columns, stride;
};

uint64_t hash(const Description& operation, const Layout& a, const Layout& b, const Layout& c);

// Whether types and sizes go together, as far as the stand-in knows them; a violation if not.
bool valid(const Description& operation, const Layout& a, const Layout& b, const Layout& c);

// Whether the epilogue goes with types and sizes, and says where its operands lie: what looks for an
// algorithm reads their alignment off the pointers. A violation if not.
bool validEpilogue(const Description& operation, const Layout& a, const Layout& c);

// The largest power of two, up to 16, that divides an address.
uint32_t alignmentOf(uintptr_t address);

// What a column begins at a multiple of, in bytes, up to 16.
uint32_t columnAlignment(const Layout& x);

// Whether an address is aligned as was promised; a violation if not.
bool aligned(const char* operand, uintptr_t address, unsigned alignment);

// Checks the operands' memory and appends the product to the stream: d = op(a)·op(b) + beta·c.
int multiply(const char* function, int ofHandle, void* stream, const Description& operation,
             const Layout& aLayout, uintptr_t a, const Layout& bLayout, uintptr_t b,
             const Layout& cLayout, uintptr_t c, uintptr_t d, float alpha, float beta);

}  // namespace standin
