/**
 * What comes over the network, and only where the command line says so: the one package that opens
 * connections or installs anything.
 */
package io.github.deit4j.fetch;
