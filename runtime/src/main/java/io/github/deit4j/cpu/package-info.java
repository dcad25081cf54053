/**
 * The CPU backend: shares the ops of {@link io.github.deit4j.device.Backend} out among a team of
 * threads and leaves the arithmetic to {@code cpu.kernel}. How the work is cut never changes a bit.
 * The exception, on request, is {@link io.github.deit4j.cpu.gemm.OpenBlasGemm}, the only class here
 * that calls a native library.
 */
package io.github.deit4j.cpu;
