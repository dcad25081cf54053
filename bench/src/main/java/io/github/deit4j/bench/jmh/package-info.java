/**
 * The JMH benchmark of kernels: a kernel's own case, scalar or vector. Touches {@code cpu.core},
 * where cases are declared, and {@code cpu.kernel}. How to run it is told in {@code
 * bench/README.md}.
 */
package io.github.deit4j.bench.jmh;
