package io.github.deit4j.bench.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a suite was run.
 *
 * @param started when, in ISO 8601; null before it has
 * @param deit4j version
 * @param commit of the source, with {@code -dirty} if it was changed; null if unknown
 * @param build SHA-256 of all classes and resources of this project, shortened
 * @param processor its model
 * @param processors how many the JVM may use
 * @param memoryBytes of the machine
 * @param system its name, version and architecture
 * @param java version and vendor
 * @param jvmArguments as given to the JVM
 * @param backends what computed, by the name it has in cells: versions, kernels, devices
 */
public record Environment(
    String started,
    String deit4j,
    String commit,
    String build,
    String processor,
    int processors,
    long memoryBytes,
    String system,
    String java,
    List<String> jvmArguments,
    Map<String, String> backends) {
  /** Copies the collections. */
  public Environment {
    jvmArguments = List.copyOf(jvmArguments);
    backends = new TreeMap<>(backends);
  }

  /** Returns in what another differs, a line each: measurements of both do not belong together. */
  List<String> differences(Environment other) {
    Map<String, Object> mine = identity();
    Map<String, Object> theirs = other.identity();
    List<String> differences = new ArrayList<>();
    mine.forEach(
        (key, value) -> {
          if (!value.equals(theirs.get(key))) {
            differences.add("%s: %s, then %s".formatted(key, value, theirs.get(key)));
          }
        });
    return differences;
  }

  /** All but the time, and but the commit, which the build's hash tells more exactly. */
  private Map<String, Object> identity() {
    Map<String, Object> identity = new TreeMap<>();
    identity.put("build", build);
    identity.put("processor", processor);
    identity.put("processors", processors);
    identity.put("memory", memoryBytes);
    identity.put("system", system);
    identity.put("java", java);
    identity.put("JVM arguments", jvmArguments);
    identity.put("backends", backends);
    return identity;
  }
}
