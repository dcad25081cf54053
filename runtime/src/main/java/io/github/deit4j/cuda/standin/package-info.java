/**
 * A stand-in for NVIDIA's libraries, in C++ beside this package in the resources: built by the
 * machine's own compiler, loaded instead of theirs, told how to behave and asked what was done. For
 * tests without a device, and to count what work would cost one. Knows the bindings alone.
 */
package io.github.deit4j.cuda.standin;
