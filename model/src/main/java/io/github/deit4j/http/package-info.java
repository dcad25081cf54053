/**
 * A small HTTP/1.1 server that strangers may talk to: paths and who answers them, replies, errors
 * as JSON, and the limits that Jetty's core leaves open. What is answered is its users' business
 * ({@code serve}, {@code watch}). May touch {@code json} and Jetty; nothing of it is loaded unless
 * a server is started.
 *
 * <p>Why Jetty: of the servers that Maven Central has in full, its core is the smallest with
 * everything that strangers' connections ask for. Four jars and SLF4J, all of them named modules,
 * without servlets, annotations or dependency injection; it reads bodies without holding a thread,
 * limits headers, connections and idle time, calls blocking code on virtual threads, and stops
 * gracefully. Helidon SE is twenty-odd jars with a configuration of its own, Undertow depends on
 * JBoss's threads and logging and is no named module. What Jetty leaves open is done here: a
 * deadline for whole headers and answers ({@code SlowConnections}), and errors as JSON.
 */
package io.github.deit4j.http;
