/**
 * What a model is and what a family of models has to answer ({@link
 * io.github.deit4j.nn.ModelFamily}, {@link io.github.deit4j.nn.ModelConfig}, {@link
 * io.github.deit4j.nn.Model}), and the layers of vision transformers and convnets: small records of
 * parameters, each with the forward pass that the paper writes down. Touches {@code autograd},
 * {@code device} and {@code random} of the runtime, {@code json} and {@code onnx}.
 */
package io.github.deit4j.nn;
