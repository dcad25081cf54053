/**
 * The paper's comparison of distillation methods, repeated: which models are trained, and what is
 * measured on them. Built on {@code train}, {@code distill} and {@code modelfile}.
 */
package io.github.deit4j.study;
