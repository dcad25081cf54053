/**
 * The arithmetic of the CPU backend, bit for bit.
 *
 * <p>Each op is an interface that says what is computed in which order. Its {@code Scalar…} class
 * is the specification, plain loops that are simple before they are fast; its {@code Vector…} class
 * gives the same bits with the Vector API. {@link io.github.deit4j.cpu.kernel.Kernels} picks one
 * set; where there are no wide vectors it is the specification but for matrix product and
 * convolution, of whose loops C2 makes vectors. Kernels work on memory segments, write to given
 * destinations and never allocate tensors; offsets and strides count float32 elements unless a name
 * says bytes. Touches {@code cpu.conv}, {@code cpu.gemm}, {@code cpu.core} and, for sizes, {@code
 * op}.
 *
 * <p>A kernel's interface holds its cases ({@link io.github.deit4j.cpu.core.KernelCase}): the
 * warm-up calls them, the bit test compares what scalars and vectors make of them, the benchmark
 * times them. A new family gets a line in {@link io.github.deit4j.cpu.kernel.KernelFamily} and, if
 * training a DeiT calls it, one in {@code KernelWarmUp} and in {@code
 * src/main/jvm/compile-commands}.
 *
 * <p>Rules that hold for all of them: sums over short rows use 16 lanes, element i in lane i mod
 * 16, combined as lane i + lane i+8, then +4, +2, +1 ({@link io.github.deit4j.cpu.core.Lanes});
 * matrix products are one fused multiply-add chain per output element; exponentials and the normal
 * distribution come from {@link io.github.deit4j.cpu.core.ScalarMath}.
 */
package io.github.deit4j.cpu.kernel;
