// A stack of its own that runs until it switches away, and then on from there.
#pragma once

#include <cstddef>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace standin {

class Fibre {
 public:
  // Where the thread of the host itself is.
  Fibre() = default;
  // Begins with the function when it is first switched to; the function never returns.
  Fibre(void* stack, size_t bytes, void (*function)());

  // Leaves this one, where the caller is, and goes on with the other.
  void switchTo(Fibre& other);

 private:
#if defined(__x86_64__)
  void* top_ = nullptr;
#else
  ucontext_t context_;
#endif
};

}  // namespace standin
