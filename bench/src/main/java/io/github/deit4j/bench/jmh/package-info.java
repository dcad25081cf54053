/**
 * JMH benchmarks: one for each op, under the op's name, at DeiT's sizes, and those of whole models.
 * They go through {@code backend} as training does, so that one benchmark serves every backend.
 * Beside the public API they touch {@code cpu} and {@code cpu.kernel}, to ask for the scalar
 * kernels. How to run them is told in {@code bench/README.md}.
 */
package io.github.deit4j.bench.jmh;
