package io.github.deit4j.bindings;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where a native library was looked for, in order, and what came of it.
 *
 * @param library what its makers call it
 * @param attempts all places up to the one that had it
 * @param advice what to do where no place had it
 */
public record LoadReport(String library, List<Attempt> attempts, String advice) {
  /**
   * One place.
   *
   * @param place a file, folder or setting
   * @param failure why the library was not loaded from there, if it was not
   */
  public record Attempt(String place, Optional<String> failure) {
    static Attempt failed(String place, String failure) {
      return new Attempt(place, Optional.of(failure));
    }

    static Attempt loaded(String place) {
      return new Attempt(place, Optional.empty());
    }

    boolean isOf(Path folder) {
      return place.equals(folder.toString());
    }

    boolean succeeded() {
      return failure.isEmpty();
    }
  }

  /** Keeps a copy of the attempts. */
  public LoadReport {
    attempts = List.copyOf(attempts);
  }

  /** Returns the place from which the library was loaded, nothing if it was not. */
  public Optional<String> place() {
    return attempts.stream().filter(Attempt::succeeded).map(Attempt::place).findFirst();
  }

  /** Returns the report for people: a line, or where that failed one for every place. */
  @Override
  public String toString() {
    return place()
        .map(place -> library + " is loaded from " + place)
        .orElseGet(
            () ->
                attempts.stream()
                    .map(each -> "  %s: %s%n".formatted(each.place(), each.failure().orElseThrow()))
                    .collect(
                        Collectors.joining(
                            "",
                            library + " could not be loaded:" + System.lineSeparator(),
                            advice)));
  }
}
