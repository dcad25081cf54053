/**
 * What all kernels stand on: threads to share work with and their scratch memory, the 16-lane rule,
 * sums over many numbers, elementary functions. Touches only the JDK.
 */
package io.github.deit4j.cpu.core;
