/**
 * The matrix product: one chain of fused multiply-adds per element, k ascending. {@link
 * io.github.deit4j.cpu.gemm.Gemm} says what is computed, {@code ScalarGemm} is its specification.
 * {@code VectorGemm} gives the same bits: it cuts k into passes ({@code Pass}), a pass into tasks
 * ({@code RowsProduct}, {@code ColumnsProduct}), packs A and B in the layouts of {@code Panels} and
 * {@code PackedA}, and multiplies them block by block ({@code BlockProduct}) with the micro-kernels
 * of {@code Tiles}. {@code PlainGemm} serves the first second of a JVM, and machines without
 * vectors of 256 bits; {@code OpenBlasGemm}, on request, calls a native library and has bits of its
 * own. Touches {@code cpu.core} and, for OpenBLAS, the bindings.
 *
 * <p>What was measured stands at what it explains: how a micro-kernel must look at {@code Tiles},
 * how packing reads and writes memory at {@code PanelCopies}, what threads may share at {@code
 * Pass}, how much of B at a time at {@code RowsProduct}.
 */
package io.github.deit4j.cpu.gemm;
