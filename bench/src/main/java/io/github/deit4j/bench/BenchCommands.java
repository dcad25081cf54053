package io.github.deit4j.bench;

import io.github.deit4j.cli.CommandProvider;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Adds {@code bench} to the program, which groups the benchmarks. */
@Command(
    name = "bench",
    description = "Measures matrix products, ops and whole models against the machine's limits.",
    synopsisSubcommandLabel = "BENCHMARK",
    subcommands = {
      SuiteCommand.class,
      CompareCommand.class,
      OpsCommand.Gemm.class,
      OpsCommand.class,
      ModelCommand.class,
      DataCommand.class,
      LoadCommand.class,
      GpuAccountCommand.class
    })
public final class BenchCommands implements CommandProvider, Runnable {
  @Spec private CommandSpec spec;

  @Override
  public Object command() {
    return this;
  }

  /** Called when no benchmark is named. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected a benchmark: suite, compare, gemm, ops, model, data, load or gpu-account; found none");
  }
}
