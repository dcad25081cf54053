/**
 * A model behind HTTP: the Open Inference Protocol (version 2, HTTP/JSON with the binary tensor
 * extension), {@code POST /classify} for images, a page that shows both, and counters for
 * Prometheus. May touch {@code inference}, what decodes and describes images, and Jetty; nothing of
 * it is loaded unless a server is started.
 *
 * <p>Why Jetty: of the servers that Maven Central has in full, its core is the smallest with
 * everything that strangers' connections ask for. Four jars and SLF4J, all of them named modules,
 * without servlets, annotations or dependency injection; it reads bodies without holding a thread,
 * limits headers, connections and idle time, calls blocking code on virtual threads, and stops
 * gracefully. Helidon SE is twenty-odd jars with a configuration of its own, Undertow depends on
 * JBoss's threads and logging and is no named module. What Jetty leaves open is done here: a
 * deadline for whole headers and bodies ({@code SlowConnections}, {@code Bodies}), one limit for
 * the bytes of all bodies, and errors as JSON.
 *
 * <p>The way of a request: a virtual thread reads the body, decodes and resizes the image (as many
 * at once as there are processors), puts it into the queue of {@link
 * io.github.deit4j.inference.BatchingClassifier}, and writes the answer. Whatever can pile up on
 * this way is counted: connections, bytes of bodies, images that wait to be decoded, images that
 * wait to be classified.
 */
package io.github.deit4j.serve;
