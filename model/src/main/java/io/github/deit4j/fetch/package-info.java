/**
 * What comes over the network or out of a package manager, and only where the command line says so:
 * the one package that opens connections or starts other programs, and that only {@code cli}
 * touches.
 */
package io.github.deit4j.fetch;
