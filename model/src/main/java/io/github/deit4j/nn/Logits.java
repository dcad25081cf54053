package io.github.deit4j.nn;

import io.github.deit4j.tensor.Tensor;

/**
 * What the heads say about a batch.
 *
 * @param classLogits of the class token's head, or a convnet's only one, [B, classes]
 * @param distillation of the distillation token's head, [B, classes]; null for a model without
 */
public record Logits(Tensor classLogits, Tensor distillation) {}
