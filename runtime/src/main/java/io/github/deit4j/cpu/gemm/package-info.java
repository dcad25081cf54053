/**
 * The matrix product: one chain of fused multiply-adds per element, k ascending. {@link
 * io.github.deit4j.cpu.gemm.Gemm} says what is computed, {@code ScalarGemm} is its specification,
 * {@code VectorGemm} packs the factors in panels and multiplies them with micro-kernels, to the
 * same bits. {@code OpenBlasGemm}, on request, calls a native library and has bits of its own.
 */
package io.github.deit4j.cpu.gemm;
