/**
 * The CPU backend: shares the ops of {@link io.github.deit4j.backend.Backend} out among a team of
 * threads and leaves the arithmetic to {@code cpu.kernel}. How the work is cut never changes a bit.
 */
package io.github.deit4j.cpu;
