package io.github.deit4j.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups the benchmarks. */
@Command(
    name = "bench",
    description = "Measures matrix products, ops and whole models against the machine's limits.",
    synopsisSubcommandLabel = "BENCHMARK",
    subcommands = {
      SuiteCommand.class,
      CompareCommand.class,
      GemmCommand.class,
      OpsCommand.class,
      ModelCommand.class
    })
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  BenchCommand() {}

  /** Called when no benchmark is named. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "expected a benchmark: suite, compare, gemm, ops or model; found none");
  }
}
