/**
 * {@code deit bench}: products, ops and whole models by the command's options, the suite that
 * measures everything round by round in JVMs of its own, its report as JSON, text and page, and the
 * comparison of two. Touches {@code bench.cases}, {@code bench.measure}, {@code report}, picocli,
 * and prints to the streams that picocli gives it. How it measures is told in {@code
 * bench/README.md}.
 */
package io.github.deit4j.bench;
