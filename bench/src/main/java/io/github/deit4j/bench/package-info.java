/**
 * The harness behind {@code deit bench}: products, ops and whole models, each measured beside what
 * it is compared with. Touches {@code cpu} and {@code cpu.kernel} for the products, picocli for its
 * command, and prints to the streams that picocli gives it. How it measures is told in {@code
 * bench/README.md}.
 */
package io.github.deit4j.bench;
