/**
 * Reverse-mode differentiation: parameters, the ops a model is written in, and the tape that plays
 * them backward. Computes nothing itself; touches {@code device}, {@code op}, {@code random} and
 * {@code tensor}.
 */
package io.github.deit4j.autograd;
