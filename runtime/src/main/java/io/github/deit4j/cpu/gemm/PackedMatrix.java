package io.github.deit4j.cpu.gemm;

/**
 * A right factor in the layout of the {@link Gemm} that made it.
 *
 * @param source the factor itself
 * @param panels its numbers in another order; null where the product reads the source
 */
@SuppressWarnings("ArrayRecordComponent") // never leaves the kernels
public record PackedMatrix(Matrix source, float[] panels) {}
