#include "fibre.h"

#include <cstdint>

#if defined(__x86_64__)

// Keeps what a called function must keep, and the stack pointer. The system's swapcontext would ask
// the kernel about signals every time, 100 times as long.
extern "C" void standin_switch(void** from, void* to);
asm(R"(
.text
.hidden standin_switch
.globl standin_switch
.type standin_switch, @function
standin_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size standin_switch, .-standin_switch
)");

namespace standin {

Fibre::Fibre(void* stack, size_t bytes, void (*function)()) {
  auto* top = reinterpret_cast<void**>(static_cast<char*>(stack) + bytes);
  // As after a call: the stack pointer is 8 off a multiple of 16.
  *--top = nullptr;
  *--top = reinterpret_cast<void*>(function);
  for (int i = 0; i < 6; i++) {
    *--top = nullptr;
  }
  top_ = top;
}

void Fibre::switchTo(Fibre& other) { standin_switch(&top_, other.top_); }

}  // namespace standin

#else

namespace standin {

Fibre::Fibre(void* stack, size_t bytes, void (*function)()) {
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack;
  context_.uc_stack.ss_size = bytes;
  context_.uc_link = nullptr;
  makecontext(&context_, function, 0);
}

void Fibre::switchTo(Fibre& other) { swapcontext(&context_, &other.context_); }

}  // namespace standin

#endif
