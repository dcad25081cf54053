// cuBLAS and cuBLASLt: products in plain loops, arguments checked as strictly as they can be.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "account.h"
#include "check.h"
#include "product.h"
#include "standin.h"

namespace standin {

namespace {

enum { CUBLAS_SUCCESS = 0, CUBLAS_ALLOC = 3, CUBLAS_VALUE = 7, CUBLAS_EXECUTION = 13,
       CUBLAS_INTERNAL = 14, CUBLAS_UNSUPPORTED = 15 };
enum { COMPUTE_32F = 68, COMPUTE_TF32 = 77 };
constexpr long LIBRARY_WORKSPACE = 1 << 20;  // what an algorithm of the stand-in says it needs

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

struct Preference {
  long workspace = 0;
  unsigned reduction = 7;
  unsigned alignment[4] = {256, 256, 256, 256};
};

// What a heuristic has promised, in the place of cublasLtMatmulAlgo_t.
struct Algorithm {
  uint64_t magic;
  uint64_t problem;
  uint32_t alignment[4];
  uint32_t vectorAlignment, auxAlignment;
  uint64_t number;  // from 0, the favourite
  uint64_t unused[2];
};

struct Result {
  Algorithm algorithm;
  size_t workspace;
  int state;
  float waves;
  int reserved[4];
};

static_assert(sizeof(Algorithm) == 64 && sizeof(Result) == 96, "as in cublasLt.h");

constexpr unsigned SLOW_MICROSECONDS = 60000;
constexpr int ALGORITHMS = 3;  // for every problem

constexpr uint64_t MAGIC = 0x5354414e44494e21;

struct Handle {
  bool lt;
  int device;
  void* stream = nullptr;
  uintptr_t workspace = 0;
};

std::set<Handle*> handles;
std::set<Description*> descriptions;
std::set<Layout*> layouts;
std::set<Preference*> preferences;

template <typename T>
T* live(const char* function, std::set<T*>& all, void* handle) {
  auto* found = static_cast<T*>(handle);
  if (all.count(found) == 0) {
    violate("%s: a handle is not live", function);
    return nullptr;
  }
  return found;
}

template <typename T>
void keep(std::set<T*>& all, const char* kind, T* created, void** handle) {
  all.insert(created);
  value(kind)++;
  *handle = created;
}

template <typename T>
int destroy(const char* function, std::set<T*>& all, const char* kind, void* handle) {
  T* found = live(function, all, handle);
  if (found == nullptr) {
    return CUBLAS_VALUE;
  }
  all.erase(found);
  delete found;
  value(kind)--;
  return CUBLAS_SUCCESS;
}

uint64_t hash(const Description& operation, const Layout& a, const Layout& b, const Layout& c) {
  uint64_t hash = 17;
  for (const long part : {static_cast<long>(operation.compute), static_cast<long>(operation.transposeA),
                          static_cast<long>(operation.transposeB), static_cast<long>(operation.epilogue),
                          operation.auxStride, static_cast<long>(c.type),
                          static_cast<long>(a.type), a.rows, a.columns, a.stride, b.rows, b.columns,
                          b.stride, c.rows, c.columns, c.stride}) {
    hash = (hash ^ part) * 0x100000001b3u;
  }
  return hash;
}

// Whether types and sizes go together, as far as the stand-in knows them.
bool valid(const Description& operation, const Layout& a, const Layout& b, const Layout& c) {
  const bool bfloat16 = a.type == BFLOAT16;
  if (a.type != b.type || (a.type != FLOAT32 && !bfloat16) ||
      (c.type != FLOAT32 && !(bfloat16 && c.type == BFLOAT16)) ||
      (operation.compute != COMPUTE_32F && (bfloat16 || operation.compute != COMPUTE_TF32))) {
    violate("product: types %d, %d and %d with computation %d are not modelled", a.type, b.type,
            c.type, operation.compute);
    return false;
  }
  const long k = operation.transposeA ? a.rows : a.columns;
  if ((operation.transposeA ? a.columns : a.rows) != c.rows ||
      (operation.transposeB ? b.rows : b.columns) != c.columns ||
      (operation.transposeB ? b.columns : b.rows) != k || a.stride < a.rows || b.stride < b.rows ||
      c.stride < c.rows || c.rows < 1 || c.columns < 1 || k < 1) {
    violate("product: [%ld, %ld] times [%ld, %ld] is not [%ld, %ld]", a.rows, a.columns, b.rows,
            b.columns, c.rows, c.columns);
    return false;
  }
  return true;
}

size_t bytes(const Layout& x) {
  return ((x.columns - 1) * x.stride + x.rows) * (x.type == BFLOAT16 ? 2 : 4);
}

// Whether the epilogue goes with types and sizes, and says where its operands lie: what looks for an
// algorithm reads their alignment off the pointers.
bool validEpilogue(const Description& operation, const Layout& a, const Layout& c) {
  const bool plain = operation.epilogue == EPILOGUE_DEFAULT || operation.epilogue == EPILOGUE_BIAS;
  if (!plain && a.type != BFLOAT16) {
    violate("product: epilogue %d of float32 factors is not modelled", operation.epilogue);
    return false;
  }
  const bool gelu = operation.hasAux() || operation.epilogue == EPILOGUE_GELU_BIAS;
  if (gelu && c.type != BFLOAT16) {
    violate("product: epilogue %d with a result in float32 is not modelled", operation.epilogue);
    return false;
  }
  if ((operation.hasVector() && operation.vector == 0) || (operation.hasAux() && operation.aux == 0)) {
    violate("product: epilogue %d without a pointer to its bias or auxiliary matrix", operation.epilogue);
    return false;
  }
  if (operation.hasAux() && (operation.auxStride < c.rows || operation.auxStride % 8 != 0 ||
                             operation.aux % 16 != 0)) {
    violate("product: an auxiliary matrix at %lx with columns of %ld elements, %ld apart",
            static_cast<unsigned long>(operation.aux), c.rows, operation.auxStride);
    return false;
  }
  return true;
}

// The largest power of two, up to 16, that divides an address.
uint32_t alignmentOf(uintptr_t address) {
  return static_cast<uint32_t>((address | 16) & -(address | 16));
}

// What a column begins at a multiple of, in bytes, up to 16.
uint32_t columnAlignment(const Layout& x) { return alignmentOf(x.stride * (x.type == BFLOAT16 ? 2 : 4)); }

bool aligned(const char* operand, uintptr_t address, unsigned alignment) {
  if (address % alignment != 0) {
    violate("product: %s is not aligned to the %u bytes of the preference", operand, alignment);
    return false;
  }
  return true;
}

// Sizes as rows count first: what is row by row in deit4j is column by column here.
std::string nameOf(const Product& product) {
  static const std::map<int, const char*> names = {
      {EPILOGUE_DEFAULT, ""},
      {EPILOGUE_BIAS, " + bias"},
      {EPILOGUE_GELU_BIAS, " + bias, GELU"},
      {EPILOGUE_GELU_AUX_BIAS, " + bias, kept, GELU"},
      {EPILOGUE_DGELU, ", GELU's gradient"},
      {EPILOGUE_BGRADB, ", bias' gradient"}};
  char text[128];
  snprintf(text, sizeof text, "product %ld×%ld×%ld%s%s", product.n, product.m, product.k,
           names.at(product.epilogue), product.add ? ", added" : "");
  return text;
}

Cost costOf(const Product& product) {
  const bool bfloat16 = product.a.type == BFLOAT16;
  const double m = static_cast<double>(product.m);
  const double n = static_cast<double>(product.n);
  const double k = static_cast<double>(product.k);
  const double element = product.type == BFLOAT16 ? 2 : 4;
  const double read = (product.add ? m * n : 0) + (product.hasBias() ? m : 0) + (product.readsAux() ? m * n : 0);
  const double written = m * n + (product.writesAux() ? m * n : 0) + (product.hasSums() ? n : 0);
  return {(bfloat16 ? 2 : 4) * (m + n) * k + element * read, element * written, 2 * m * n * k,
          bfloat16 ? Unit::BFLOAT16 : product.tf32 ? Unit::TF32 : Unit::FLOAT32};
}

// Checks the operands' memory and appends the product to the stream: d = op(a)·op(b) + beta·c.
int multiply(const char* function, const Handle& handle, void* stream, const Description& operation,
             const Layout& aLayout, uintptr_t a, const Layout& bLayout, uintptr_t b,
             const Layout& cLayout, uintptr_t c, uintptr_t d, float alpha, float beta) {
  const int device = currentDevice(function);
  const size_t bytesA = bytes(aLayout);
  const size_t bytesB = bytes(bLayout);
  const size_t bytesC = bytes(cLayout);
  Product product = {};
  product.a = {a, aLayout.type, aLayout.stride, operation.transposeA != 0};
  product.b = {b, bLayout.type, bLayout.stride, operation.transposeB != 0};
  product.c = c;
  product.d = d;
  product.type = cLayout.type;
  product.stride = cLayout.stride;
  product.m = cLayout.rows;
  product.n = cLayout.columns;
  product.k = operation.transposeA ? aLayout.rows : aLayout.columns;
  product.tf32 = operation.compute == COMPUTE_TF32;
  product.add = beta == 1;
  product.epilogue = operation.epilogue;
  product.vector = operation.vector;
  product.aux = operation.aux;
  product.auxStride = operation.auxStride;
  const size_t element = cLayout.type == BFLOAT16 ? 2 : 4;
  const size_t bytesVector = element * (product.hasSums() ? product.n : product.m);
  const size_t bytesAux = element * ((product.n - 1) * product.auxStride + product.m);
  if (device < 0 || device != handle.device || !inDevice("product: a", a, bytesA) ||
      !inDevice("product: b", b, bytesB) || (product.add && !inDevice("product: c", c, bytesC)) ||
      !inDevice("product: d", d, bytesC) ||
      (operation.hasVector() && !inDevice("product: bias", product.vector, bytesVector)) ||
      (operation.hasAux() && !inDevice("product: auxiliary matrix", product.aux, bytesAux))) {
    return CUBLAS_VALUE;
  }
  if (alpha != 1 || (beta != 0 && beta != 1)) {
    violate("product: factors %g and %g are not modelled", alpha, beta);
    return CUBLAS_VALUE;
  }
  const auto apart = [](uintptr_t x, size_t sizeX, uintptr_t y, size_t sizeY) {
    return x + sizeX <= y || y + sizeY <= x;
  };
  if ((product.add && c != d && !apart(c, bytesC, d, bytesC)) || !apart(a, bytesA, d, bytesC) ||
      !apart(b, bytesB, d, bytesC) ||
      (operation.hasVector() && !apart(product.vector, bytesVector, d, bytesC)) ||
      (operation.hasAux() && !apart(product.aux, bytesAux, d, bytesC))) {
    violate("product: d overlaps an operand");
    return CUBLAS_VALUE;
  }
  if (sticky(device) != 0) {
    return CUBLAS_EXECUTION;
  }
  const bool computed = isComputing();
  const bool counted = isCounting();
  const int code = enqueue(function, device, stream, [=] {
    if (counted) {
      note(nameOf(product), costOf(product));
    }
    if (!computed) {
      return SUCCESS;
    }
    mustBeInitialised("product: a", a, bytesA);
    mustBeInitialised("product: b", b, bytesB);
    if (product.add) {
      mustBeInitialised("product: c", c, bytesC);
    }
    if (product.hasBias()) {
      mustBeInitialised("product: bias", product.vector, bytesVector);
    }
    if (product.readsAux()) {
      mustBeInitialised("product: auxiliary matrix", product.aux, bytesAux);
    }
    run(product);
    written(d, bytesC);
    if (product.hasSums()) {
      written(product.vector, bytesVector);
    }
    if (product.writesAux()) {
      written(product.aux, bytesAux);
    }
    return SUCCESS;
  });
  return code == SUCCESS ? CUBLAS_SUCCESS : CUBLAS_VALUE;
}

int create(void** handle, bool lt) {
  const int device = currentDevice("creating a handle of cuBLAS");
  if (device < 0) {
    return 1;
  }
  keep(handles, "live.handles", new Handle{lt, device}, handle);
  return CUBLAS_SUCCESS;
}

}  // namespace

}  // namespace standin

using namespace standin;

EXPORT const char* cublasLtGetStatusName(int status) {
  static const std::map<int, const char*> names = {
      {0, "CUBLAS_STATUS_SUCCESS"},        {1, "CUBLAS_STATUS_NOT_INITIALIZED"},
      {3, "CUBLAS_STATUS_ALLOC_FAILED"},   {7, "CUBLAS_STATUS_INVALID_VALUE"},
      {13, "CUBLAS_STATUS_EXECUTION_FAILED"}, {14, "CUBLAS_STATUS_INTERNAL_ERROR"},
      {15, "CUBLAS_STATUS_NOT_SUPPORTED"}};
  const auto found = names.find(status);
  return found == names.end() ? "CUBLAS_STATUS_UNKNOWN" : found->second;
}

EXPORT const char* cublasLtGetStatusString(int) { return "an error of the stand-in"; }

EXPORT size_t cublasLtGetVersion() {
  std::lock_guard<std::recursive_mutex> guard(lock());
  return value("cublasVersion");
}

EXPORT int cublasLtCreate(void** handle) {
  ENTER(CUBLAS_ALLOC)
  return create(handle, true);
}

EXPORT int cublasLtDestroy(void* handle) {
  ENTER_RELEASE(CUBLAS_INTERNAL)
  const int code = destroy(__func__, handles, "live.handles", handle);
  return armed != 0 ? armed : code;
}

EXPORT int cublasLtMatmulDescCreate(void** handle, int compute, int scale) {
  ENTER(CUBLAS_ALLOC)
  if (scale != FLOAT32) {
    violate("cublasLtMatmulDescCreate: scale type %d is not modelled", scale);
    return CUBLAS_VALUE;
  }
  keep(descriptions, "live.descriptions", new Description{compute}, handle);
  return CUBLAS_SUCCESS;
}

EXPORT int cublasLtMatmulDescDestroy(void* handle) {
  ENTER_RELEASE(CUBLAS_INTERNAL)
  const int code = destroy(__func__, descriptions, "live.descriptions", handle);
  return armed != 0 ? armed : code;
}

EXPORT int cublasLtMatmulDescSetAttribute(void* handle, int attribute, const void* from, size_t size) {
  ENTER(CUBLAS_VALUE)
  Description* found = live(__func__, descriptions, handle);
  if (found == nullptr) {
    return CUBLAS_VALUE;
  }
  int number = 0;
  if (size == sizeof number) {
    memcpy(&number, from, size);
  }
  if (attribute == 3 && size == 4 && (number == 0 || number == 1)) {
    found->transposeA = number;
  } else if (attribute == 4 && size == 4 && (number == 0 || number == 1)) {
    found->transposeB = number;
  } else if (attribute == 7 && size == 4 &&
             (number == EPILOGUE_DEFAULT || number == EPILOGUE_BIAS || number == EPILOGUE_GELU_BIAS ||
              number == EPILOGUE_GELU_AUX_BIAS || number == EPILOGUE_DGELU || number == EPILOGUE_BGRADB)) {
    found->epilogue = number;
  } else if (attribute == 8 && size == 8) {
    memcpy(&found->vector, from, size);
  } else if (attribute == 11 && size == 8) {
    memcpy(&found->aux, from, size);
  } else if (attribute == 12 && size == 8) {
    memcpy(&found->auxStride, from, size);
  } else {
    violate("cublasLtMatmulDescSetAttribute: %d = %d of %zu bytes is not modelled", attribute,
            number, size);
    return CUBLAS_VALUE;
  }
  return CUBLAS_SUCCESS;
}

EXPORT int cublasLtMatrixLayoutCreate(void** handle, int type, uint64_t rows, uint64_t columns, int64_t stride) {
  ENTER(CUBLAS_ALLOC)
  keep(layouts, "live.layouts",
       new Layout{type, static_cast<long>(rows), static_cast<long>(columns), stride}, handle);
  return CUBLAS_SUCCESS;
}

EXPORT int cublasLtMatrixLayoutDestroy(void* handle) {
  ENTER_RELEASE(CUBLAS_INTERNAL)
  const int code = destroy(__func__, layouts, "live.layouts", handle);
  return armed != 0 ? armed : code;
}

EXPORT int cublasLtMatmulPreferenceCreate(void** handle) {
  ENTER(CUBLAS_ALLOC)
  keep(preferences, "live.preferences", new Preference, handle);
  return CUBLAS_SUCCESS;
}

EXPORT int cublasLtMatmulPreferenceDestroy(void* handle) {
  ENTER_RELEASE(CUBLAS_INTERNAL)
  const int code = destroy(__func__, preferences, "live.preferences", handle);
  return armed != 0 ? armed : code;
}

EXPORT int cublasLtMatmulPreferenceSetAttribute(void* handle, int attribute, const void* from, size_t size) {
  ENTER(CUBLAS_VALUE)
  Preference* found = live(__func__, preferences, handle);
  if (found == nullptr) {
    return CUBLAS_VALUE;
  }
  if (attribute == 1 && size == 8) {
    memcpy(&found->workspace, from, size);
  } else if (attribute == 3 && size == 4) {
    memcpy(&found->reduction, from, size);
  } else if (attribute >= 5 && attribute <= 8 && size == 4) {
    memcpy(&found->alignment[attribute - 5], from, size);
  } else {
    violate("cublasLtMatmulPreferenceSetAttribute: %d of %zu bytes is not modelled", attribute, size);
    return CUBLAS_VALUE;
  }
  return CUBLAS_SUCCESS;
}

EXPORT int cublasLtMatmulAlgoGetHeuristic(
    void* handle, void* operation, void* aLayout, void* bLayout, void* cLayout, void* dLayout,
    void* preference, int requested, Result* results, int* returned) {
  ENTER(CUBLAS_INTERNAL)
  const Handle* library = live(__func__, handles, handle);
  const Description* description = live(__func__, descriptions, operation);
  const Layout* a = live(__func__, layouts, aLayout);
  const Layout* b = live(__func__, layouts, bLayout);
  const Layout* c = live(__func__, layouts, cLayout);
  const Layout* d = live(__func__, layouts, dLayout);
  const Preference* wanted = live(__func__, preferences, preference);
  if (library == nullptr || description == nullptr || a == nullptr || b == nullptr || c == nullptr ||
      d != c || wanted == nullptr || requested < 1 || !library->lt ||
      !valid(*description, *a, *b, *c) || !validEpilogue(*description, *a, *c)) {
    return CUBLAS_VALUE;
  }
  if ((wanted->reduction & 1) != 0) {
    violate("cublasLtMatmulAlgoGetHeuristic: a sum in place has no fixed order");
    return CUBLAS_VALUE;
  }
  *returned = 0;
  // Epilogues beyond a bias are the fast kernels', which copy 16 bytes at once.
  bool fast = true;
  for (const unsigned alignment : wanted->alignment) {
    fast &= alignment >= 16;
  }
  for (const Layout* each : {a, b, c}) {
    fast &= columnAlignment(*each) == 16;
  }
  const bool plain = description->epilogue == EPILOGUE_DEFAULT || description->epilogue == EPILOGUE_BIAS;
  const bool none = value("noAlgorithm") != 0 && description->epilogue != EPILOGUE_DEFAULT;
  if (value("noAlgorithm") == 1 || none || (!plain && !fast)) {
    return CUBLAS_UNSUPPORTED;
  }
  for (int i = 0; i < requested && i < ALGORITHMS; i++) {
    Result& each = results[i];
    each = {};
    each.algorithm.magic = MAGIC;
    each.algorithm.problem = hash(*description, *a, *b, *c);
    memcpy(each.algorithm.alignment, wanted->alignment, sizeof wanted->alignment);
    each.algorithm.vectorAlignment = alignmentOf(description->vector);
    each.algorithm.auxAlignment = alignmentOf(description->aux);
    each.algorithm.number = i;
    each.workspace = wanted->workspace < LIBRARY_WORKSPACE ? wanted->workspace : LIBRARY_WORKSPACE;
    *returned = i + 1;
  }
  return CUBLAS_SUCCESS;
}

EXPORT int cublasLtMatmul(
    void* handle, void* operation, const float* alpha, uintptr_t a, void* aLayout, uintptr_t b,
    void* bLayout, const float* beta, uintptr_t c, void* cLayout, uintptr_t d, void* dLayout,
    const Algorithm* algorithm, uintptr_t workspace, size_t workspaceBytes, void* stream) {
  ENTER(CUBLAS_EXECUTION)
  const Handle* library = live(__func__, handles, handle);
  const Description* description = live(__func__, descriptions, operation);
  const Layout* layoutA = live(__func__, layouts, aLayout);
  const Layout* layoutB = live(__func__, layouts, bLayout);
  const Layout* layoutC = live(__func__, layouts, cLayout);
  if (library == nullptr || description == nullptr || layoutA == nullptr || layoutB == nullptr ||
      layoutC == nullptr || dLayout != cLayout || !library->lt ||
      !validEpilogue(*description, *layoutA, *layoutC)) {
    return CUBLAS_VALUE;
  }
  if (algorithm == nullptr || algorithm->magic != MAGIC ||
      algorithm->problem != hash(*description, *layoutA, *layoutB, *layoutC)) {
    violate("cublasLtMatmul: the algorithm is not one for this problem");
    return CUBLAS_VALUE;
  }
  if (workspaceBytes < static_cast<size_t>(LIBRARY_WORKSPACE) ||
      !inDevice("product: workspace", workspace, workspaceBytes) || workspace % 16 != 0 ||
      !aligned("a", a, algorithm->alignment[0]) || !aligned("b", b, algorithm->alignment[1]) ||
      !aligned("c", c, algorithm->alignment[2]) || !aligned("d", d, algorithm->alignment[3]) ||
      (description->hasVector() && !aligned("bias", description->vector, algorithm->vectorAlignment)) ||
      (description->hasAux() && !aligned("auxiliary matrix", description->aux, algorithm->auxAlignment))) {
    return CUBLAS_VALUE;
  }
  value(("calls.algorithm" + std::to_string(algorithm->number)).c_str())++;
  if (static_cast<long>(algorithm->number) < value("slowAlgorithms")) {
    usleep(SLOW_MICROSECONDS);
  }
  return multiply(__func__, *library, stream, *description, *layoutA, a, *layoutB, b, *layoutC, c, d,
                  *alpha, *beta);
}

EXPORT int cublasCreate_v2(void** handle) {
  ENTER(CUBLAS_ALLOC)
  return create(handle, false);
}

EXPORT int cublasDestroy_v2(void* handle) {
  ENTER_RELEASE(CUBLAS_INTERNAL)
  const int code = destroy(__func__, handles, "live.handles", handle);
  return armed != 0 ? armed : code;
}

EXPORT int cublasSetStream_v2(void* handle, void* stream) {
  ENTER(CUBLAS_INTERNAL)
  Handle* found = live(__func__, handles, handle);
  if (found == nullptr || found->lt) {
    return CUBLAS_VALUE;
  }
  found->stream = stream;
  found->workspace = 0;  // as the library does
  return CUBLAS_SUCCESS;
}

EXPORT int cublasSetWorkspace_v2(void* handle, uintptr_t workspace, size_t size) {
  ENTER(CUBLAS_INTERNAL)
  Handle* found = live(__func__, handles, handle);
  if (found == nullptr || found->lt || workspace % 256 != 0 ||
      !inDevice("cublasSetWorkspace", workspace, size)) {
    return CUBLAS_VALUE;
  }
  found->workspace = workspace;
  return CUBLAS_SUCCESS;
}

EXPORT int cublasGemmEx(
    void* handle, int transposeA, int transposeB, int m, int n, int k, const float* alpha,
    uintptr_t a, int typeA, int strideA, uintptr_t b, int typeB, int strideB, const float* beta,
    uintptr_t c, int typeC, int strideC, int compute, int algorithm) {
  ENTER(CUBLAS_EXECUTION)
  const Handle* library = live(__func__, handles, handle);
  if (library == nullptr || library->lt || library->workspace == 0 || algorithm != -1) {
    violate("cublasGemmEx: no handle with a workspace, or another algorithm than the default");
    return CUBLAS_VALUE;
  }
  const Description operation = {compute, transposeA, transposeB};
  const Layout layoutA = {typeA, transposeA ? k : m, transposeA ? m : k, strideA};
  const Layout layoutB = {typeB, transposeB ? n : k, transposeB ? k : n, strideB};
  const Layout layoutC = {typeC, m, n, strideC};
  if (!valid(operation, layoutA, layoutB, layoutC)) {
    return CUBLAS_VALUE;
  }
  return multiply(__func__, *library, library->stream, operation, layoutA, a, layoutB, b, layoutC, c, c,
                  *alpha, *beta);
}
