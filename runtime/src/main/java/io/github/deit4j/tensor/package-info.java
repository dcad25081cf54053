/**
 * Shapes, element types, tensors and the arenas that own their memory. Knows no arithmetic and no
 * device; touches only the JDK's foreign memory API.
 *
 * <p>Everything that keeps tensors (a model, a session, a training run) keeps them in a {@link
 * io.github.deit4j.tensor.TensorArena}. One that was never closed is told of once it is out of
 * reach, by a warning of the logger {@code io.github.deit4j.tensor}. {@code -Ddeit4j.leaks=all}
 * names the place that opened it, every time; {@code sampled}, the default, tells of the first
 * arena of each name and records the place of one in 64; {@code off} tells of none.
 */
package io.github.deit4j.tensor;
