/**
 * ONNX graphs under construction: nodes, weights, and the file's bytes. Touches tensors and their
 * device; knows no model.
 */
package io.github.deit4j.onnx;
