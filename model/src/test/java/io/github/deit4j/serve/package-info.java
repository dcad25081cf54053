/** Servers on the loopback, good clients and bad ones. */
package io.github.deit4j.serve;
