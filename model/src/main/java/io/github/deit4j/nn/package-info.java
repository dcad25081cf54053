/**
 * What a model is, and the layers of vision transformers and convnets: small records of parameters,
 * each with the forward pass that the paper writes down. Touches {@code autograd} and {@code
 * random} of the runtime.
 */
package io.github.deit4j.nn;
