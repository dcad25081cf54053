/**
 * The command line: reads arguments, calls the library, prints, and turns exceptions into exit
 * codes. The one place that touches picocli, and the one that knows of standard output, the
 * environment variables and {@code System.exit}. Nothing else depends on it.
 */
package io.github.deit4j.cli;
