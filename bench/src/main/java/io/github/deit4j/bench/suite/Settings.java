package io.github.deit4j.bench.suite;

import java.util.List;

/**
 * How a suite was run.
 *
 * @param quick whether it was cut down to end within minutes
 * @param rounds how often every cell is measured, each time in a new JVM
 * @param budgetSeconds for all of it; what would go past it is left out
 * @param threads the thread counts; the last is that of all tables but scaling
 */
public record Settings(boolean quick, int rounds, int budgetSeconds, List<Integer> threads) {
  /** Copies the list. */
  public Settings {
    threads = List.copyOf(threads);
  }
}
