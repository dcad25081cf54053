/**
 * Distillation: what a teacher is (a model, or what one has said: about images that always look the
 * same, or about each that a run draws), and the losses that learn from labels and teacher. Built
 * on {@code modelfile} and the runtime's {@code autograd}.
 */
package io.github.deit4j.distill;
