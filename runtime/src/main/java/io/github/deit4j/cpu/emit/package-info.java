/**
 * Machine code for what the Vector API cannot say: an assembler of the instructions it takes, and
 * the micro-kernels written with it. Touches memory of the caller without a check, so only {@code
 * cpu.gemm} calls it, in one place.
 */
package io.github.deit4j.cpu.emit;
