/** The command line: reads arguments, calls the library, prints, chooses the exit code. */
package io.github.deit4j.cli;
