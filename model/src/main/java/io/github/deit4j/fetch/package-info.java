/**
 * What comes over the network or out of a package manager, and only where the command line says so:
 * the one package that opens connections to others or starts other programs, and that only {@code
 * cli} touches. {@link io.github.deit4j.fetch.Downloader} takes no file whose SHA-256 is not known
 * beforehand.
 */
package io.github.deit4j.fetch;
