package io.github.deit4j.cli;

/**
 * Adds a command to the program from another module. Found by {@link java.util.ServiceLoader}:
 * named by {@code provides} in the module's descriptor, and in {@code META-INF/services} for
 * programs on the class path.
 */
public interface CommandProvider {
  /** Returns a new object with picocli's annotations, whose {@code call} returns the exit code. */
  Object command();
}
