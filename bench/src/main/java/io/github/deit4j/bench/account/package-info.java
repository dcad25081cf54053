/**
 * What a training step costs a GPU, counted on the stand-in for CUDA's libraries, beside the least
 * that a DeiT of fused kernels would cost, and lower bounds of the time of both. Measures nothing.
 */
package io.github.deit4j.bench.account;
