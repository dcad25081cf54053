package io.github.deit4j.weights;

import io.github.deit4j.tensor.DType;

/**
 * A run of elements that tensors of a PyTorch file lie in.
 *
 * @param key its name in the file
 * @param elements how many elements it has
 */
record TorchStorage(DType dtype, String key, long elements) {}
