package io.github.deit4j.weights;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;

/**
 * Where a stored tensor lies in its file.
 *
 * @param offset first byte, counted from the start of the file's data section
 * @param bytes length in bytes
 */
public record TensorInfo(String name, DType dtype, Shape shape, long offset, long bytes) {}
