package io.github.deit4j.deit;

import io.github.deit4j.tensor.Tensor;

/**
 * What the heads say about a batch.
 *
 * @param classLogits of the class token's head, [B, classes]
 * @param distillation of the distillation token's head, [B, classes]; null for a plain model
 */
public record Logits(Tensor classLogits, Tensor distillation) {}
