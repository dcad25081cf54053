/**
 * What people would otherwise use, made to do the same work as {@code bench}'s workloads and ops:
 * ONNX Runtime, and PyTorch through JavaCPP. With whole models each runs in a JVM of its own,
 * started by {@code bench model --peers}. Built in the profile {@code peers} only; nothing depends
 * on it.
 */
package io.github.deit4j.bench.peers;
