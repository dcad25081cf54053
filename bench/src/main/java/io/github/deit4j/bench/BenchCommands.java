package io.github.deit4j.bench;

import io.github.deit4j.cli.CommandProvider;

/** Adds {@code bench} to the program. */
public final class BenchCommands implements CommandProvider {
  /** Called by {@link java.util.ServiceLoader}. */
  public BenchCommands() {}

  @Override
  public Object command() {
    return new BenchCommand();
  }
}
