// cuBLAS and cuBLASLt: handles, descriptors and algorithms, checked as strictly as they can be.
#include <unistd.h>

#include <cstring>
#include <map>
#include <set>
#include <string>

#include "matmul.h"
#include "standin.h"

namespace standin {

namespace {

constexpr long LIBRARY_WORKSPACE = 1 << 20;  // what an algorithm of the stand-in says it needs

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
  return multiply(__func__, library->device, stream, *description, *layoutA, a, *layoutB, b, *layoutC, c, d,
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
  return multiply(__func__, library->device, library->stream, operation, layoutA, a, layoutB, b, layoutC, c, c,
                  *alpha, *beta);
}
