/**
 * Models for other programs: timm, Hugging Face's transformers, and whatever runs ONNX. Touches the
 * file system through {@code weights}, and models through {@code deit}.
 */
package io.github.deit4j.export;
