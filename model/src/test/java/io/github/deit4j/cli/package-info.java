/** Tests of the command line, in this JVM. */
package io.github.deit4j.cli;
