/**
 * What a device computes: families of ops, each with the shapes it takes, the order in which its
 * numbers are added, and what its gradients are. Knows tensors and random streams; knows neither
 * devices nor models.
 */
package io.github.deit4j.op;
