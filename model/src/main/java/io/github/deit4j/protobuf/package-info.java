/**
 * The wire format of protocol buffers, as far as files need it that this program writes: ONNX
 * models and TensorBoard's events. Touches {@code weights} for writing.
 */
package io.github.deit4j.protobuf;
