/**
 * Numbers of a run as TensorBoard reads them: event files, written by hand, since they are a few
 * fields of protocol buffers with checksums around. Touches {@code protobuf}, and {@code weights}
 * for what files that cannot be written throw.
 */
package io.github.deit4j.tensorboard;
