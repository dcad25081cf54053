/**
 * A model behind HTTP: the Open Inference Protocol (version 2, HTTP/JSON with the binary tensor
 * extension), {@code POST /classify} for images, a page that shows both, and counters for
 * Prometheus. May touch {@code inference}, what decodes and describes images, {@code http}, and
 * Jetty; nothing of it is loaded unless a server is started.
 *
 * <p>The way of a request: a virtual thread reads the body, decodes and resizes the image (as many
 * at once as there are processors), puts it into the queue of {@link
 * io.github.deit4j.inference.BatchingClassifier}, and writes the answer. Whatever can pile up on
 * this way is counted: connections, bytes of bodies, images that wait to be decoded, images that
 * wait to be classified. Bodies have a deadline, and one limit for the bytes of all of them.
 */
package io.github.deit4j.serve;
