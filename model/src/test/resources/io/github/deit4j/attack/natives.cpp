// Native functions of ours that fail when they are told to; NativeFaults.java builds, loads and
// tells. Those of the C library stand before its own for the bindings alone: these look first among
// the libraries that System.load has loaded, the JVM never does. TurboJPEG's hand on to the library
// that is named. Java's own allocation of memory beside the heap is exchanged in JNI_OnLoad.
#include <dlfcn.h>
#include <jni.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

// As in NativeFaults.Function.
enum Function { ALLOCATE, WARM_UP, MMAP, MUNMAP, MADVISE, MPROTECT, DECODER, HEADER, DECODE };

std::mutex lock;
std::vector<unsigned char> calls;
unsigned watched = 0;
long failing = -1;
bool allLater = false;

// Counts a call of a function that is watched, and returns whether it has to fail.
bool fails(Function function) {
  std::lock_guard<std::mutex> guard(lock);
  if ((watched >> function & 1) == 0) {
    return false;
  }
  const long n = static_cast<long>(calls.size());
  calls.push_back(function);
  return failing >= 0 && (n == failing || (allLater && n > failing));
}

void* turbo = nullptr;
thread_local bool noMemory = false;

template <typename Type>
Type* decoder(const char* name, Type*) {
  return reinterpret_cast<Type*>(dlsym(turbo, name));
}

Function allocation() {
  char thread[16] = "";
  pthread_getname_np(pthread_self(), thread, sizeof thread);
  return strcmp(thread, "deit4j-warm-up") == 0 ? WARM_UP : ALLOCATE;
}

// Java frees by free() what it allocates by malloc(), as long as it does not track its memory.
jlong JNICALL allocate(JNIEnv*, jobject, jlong bytes) {
  return fails(allocation()) ? 0 : reinterpret_cast<jlong>(malloc(static_cast<size_t>(bytes)));
}

}  // namespace

// From now on calls of some functions, a bit each, count from 0; the n-th fails, and perhaps all
// later ones.
EXPORT void faults_begin(unsigned functions, long n, int later) {
  std::lock_guard<std::mutex> guard(lock);
  calls.clear();
  watched = functions;
  failing = n;
  allLater = later != 0;
}

// Nothing fails any more. Returns how many calls there were, and which.
EXPORT long faults_end(unsigned char* functions, long most) {
  std::lock_guard<std::mutex> guard(lock);
  watched = 0;
  const long count = static_cast<long>(calls.size());
  for (long i = 0; i < count && i < most; i++) {
    functions[i] = calls[i];
  }
  return count;
}

// Opens the library that decodes. Returns whether it is there.
EXPORT int faults_decoder(const char* library) {
  turbo = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  return turbo != nullptr;
}

EXPORT void* mmap(void* address, size_t bytes, int rights, int flags, int file,
                  off_t offset) noexcept {
  if (fails(MMAP)) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, bytes, rights, flags, file, offset));
}

EXPORT int munmap(void* address, size_t bytes) noexcept {
  if (fails(MUNMAP)) {
    errno = ENOMEM;
    return -1;
  }
  return static_cast<int>(syscall(SYS_munmap, address, bytes));
}

EXPORT int madvise(void* address, size_t bytes, int advice) noexcept {
  if (fails(MADVISE)) {
    errno = EINVAL;
    return -1;
  }
  return static_cast<int>(syscall(SYS_madvise, address, bytes, advice));
}

EXPORT int mprotect(void* address, size_t bytes, int rights) noexcept {
  if (fails(MPROTECT)) {
    errno = EACCES;
    return -1;
  }
  return static_cast<int>(syscall(SYS_mprotect, address, bytes, rights));
}

EXPORT void* tjInitDecompress() {
  return fails(DECODER) ? nullptr : decoder("tjInitDecompress", tjInitDecompress)();
}

EXPORT int tjDestroy(void* handle) { return decoder("tjDestroy", tjDestroy)(handle); }

EXPORT char* tjGetErrorStr2(void* handle) {
  static char text[] = "Insufficient memory (case 4)";
  return noMemory ? text : decoder("tjGetErrorStr2", tjGetErrorStr2)(handle);
}

EXPORT int tjDecompressHeader3(void* handle, const unsigned char* file, unsigned long bytes,
                               int* width, int* height, int* sampling, int* colours) {
  noMemory = fails(HEADER);
  return noMemory ? -1
                  : decoder("tjDecompressHeader3", tjDecompressHeader3)(
                        handle, file, bytes, width, height, sampling, colours);
}

EXPORT int tjDecompress2(void* handle, const unsigned char* file, unsigned long bytes,
                         unsigned char* into, int width, int pitch, int height, int format,
                         int flags) {
  noMemory = fails(DECODE);
  return noMemory ? -1
                  : decoder("tjDecompress2", tjDecompress2)(handle, file, bytes, into, width, pitch,
                                                            height, format, flags);
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void*) {
  JNIEnv* env = nullptr;
  if (vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_10) != JNI_OK) {
    return JNI_ERR;
  }
  jclass unsafe = env->FindClass("jdk/internal/misc/Unsafe");
  char name[] = "allocateMemory0";
  char type[] = "(J)J";
  JNINativeMethod method = {name, type, reinterpret_cast<void*>(allocate)};
  return unsafe == nullptr || env->RegisterNatives(unsafe, &method, 1) != 0 ? JNI_ERR
                                                                           : JNI_VERSION_10;
}
