/**
 * Weight files: safetensors reading and writing, comparing a file's tensors with a model's
 * parameters, resizing position embeddings, and the atomic file writes every output uses. Touches
 * the file system; knows shapes and element types but no model.
 */
package io.github.deit4j.weights;
