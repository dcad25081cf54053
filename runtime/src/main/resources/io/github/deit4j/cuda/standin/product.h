// A matrix product as cuBLAS sees it: columns first.
#pragma once

#include <cstdint>

namespace standin {

enum { FLOAT32 = 0, BFLOAT16 = 14 };  // of cudaDataType

struct Factor {
  uintptr_t address;
  int type;
  long stride;
  bool transpose;
};

// What becomes of a product; the numbers are cuBLASLt's.
enum {
  EPILOGUE_DEFAULT = 1,
  EPILOGUE_BIAS = 4,
  EPILOGUE_GELU_BIAS = 36,
  EPILOGUE_GELU_AUX_BIAS = 164,
  EPILOGUE_DGELU = 192,
  EPILOGUE_BGRADB = 512
};

struct Product {
  Factor a, b;
  uintptr_t c, d;  // what is added, and the result; both of the type and stride
  int type;
  long stride;
  long m, n, k;
  bool tf32;
  bool add;
  int epilogue;
  uintptr_t vector;  // of the result's type: a bias for every row, or sums of b's columns
  uintptr_t aux;     // of the result's type: what a GELU is given
  long auxStride;

  bool hasBias() const {
    return epilogue == EPILOGUE_BIAS || epilogue == EPILOGUE_GELU_BIAS ||
           epilogue == EPILOGUE_GELU_AUX_BIAS;
  }
  bool hasSums() const { return epilogue == EPILOGUE_BGRADB; }
  bool writesAux() const { return epilogue == EPILOGUE_GELU_AUX_BIAS; }
  bool readsAux() const { return epilogue == EPILOGUE_DGELU; }
};

// d = a·b, plus what is in c, and what the epilogue makes of that; every sum is one chain over k from
// 0, and what is stored is rounded once. The GELU is the approximation by tanh.
void run(const Product& product);

}  // namespace standin
