/**
 * Weight files: safetensors reading and writing, PyTorch files by a pickle reader that runs
 * nothing, tensors under other names, comparing a file's tensors with a model's parameters,
 * resizing position embeddings, and the atomic file writes every output uses. Touches the file
 * system; knows shapes and element types but no model.
 */
package io.github.deit4j.weights;
