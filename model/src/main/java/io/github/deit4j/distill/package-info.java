/**
 * Distillation: what a teacher is, and the losses that learn from labels and teacher. Built on
 * {@code modelfile} and the runtime's {@code autograd}.
 */
package io.github.deit4j.distill;
