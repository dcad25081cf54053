/**
 * Shapes, element types, tensors and the arenas that own their memory. Knows no arithmetic and no
 * device; touches only the JDK's foreign memory API.
 */
package io.github.deit4j.tensor;
