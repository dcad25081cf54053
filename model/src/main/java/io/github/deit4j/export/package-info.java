/**
 * Models for other programs: timm, torchvision, Hugging Face's transformers, and whatever runs
 * ONNX. Touches the file system through {@code weights}; what depends on the family it asks there.
 */
package io.github.deit4j.export;
