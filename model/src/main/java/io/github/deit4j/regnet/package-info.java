/**
 * RegNetY, the convnet that teaches DeiT: sizes, model, initialisation, and the names that other
 * libraries have for its tensors. Touches {@code nn} and the runtime.
 */
package io.github.deit4j.regnet;
