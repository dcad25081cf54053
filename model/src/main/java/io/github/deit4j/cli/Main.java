package io.github.deit4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program behind the launcher {@code deit}. */
@Command(
    name = "deit",
    description = "Trains, distils, evaluates and runs data-efficient image transformers.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "2:usage: options, recipe or run folder do not go together",
      "65:data, weights or images are missing, damaged or do not fit",
      "69:a device, library or memory is not available",
      "70:a defect of this program",
      "73:output cannot be written",
      "75:stopped by a signal; --resume goes on",
      "130:interrupted before anything was written"
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  private Main() {}

  /**
   * Runs a command and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    if (args.length > 1 && args[0].equals("predict")) {
      WarmUp.start();
    }
    // UTF-8 whatever the locale, since JSON is.
    Terminal terminal =
        new Terminal(
            new PrintWriter(System.out, true, UTF_8),
            new PrintWriter(System.err, true, UTF_8),
            Terminal.isStandardErrorInteractive(),
            System.getenv());
    System.exit(run(args, terminal));
  }

  /** Runs a command inside this JVM and returns its exit code. */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    return run(args, new Terminal(out, err, false, System.getenv()));
  }

  static int run(String[] args, Terminal terminal) {
    Ranks ranks = Ranks.of(terminal.environment());
    Failures failures = new Failures(terminal, ranks);
    CommandLine commandLine =
        commandLine(args, ranks.speaks() ? terminal : terminal.silent(), failures, ranks);
    int code;
    try {
      ranks.requireFor(args);
      code = commandLine.execute(args);
    } catch (UsageException | Error e) { // picocli hands on exceptions of commands only
      code = failures.report(e, commandLine);
    }
    ranks.end(code);
    terminal.err().flush();
    if (terminal.out().checkError()) {
      terminal.say("cannot write standard output");
      return ExitCode.CANNOT_WRITE;
    }
    return code;
  }

  private static CommandLine commandLine(
      String[] args, Terminal terminal, Failures failures, Ranks ranks) {
    CommandLine commandLine = new CommandLine(new Main());
    Map<String, Supplier<Subcommand>> commands = commands();
    // Reading the annotations of every command would take longer than most need to start.
    boolean known = args.length > 0 && commands.containsKey(args[0]);
    List<String> needed = known ? List.of(args[0]) : List.copyOf(commands.keySet());
    for (String name : needed) {
      Subcommand command = commands.get(name).get();
      command.terminal = terminal;
      command.ranks = ranks;
      commandLine.addSubcommand(name, command);
    }
    if (!known) {
      ServiceLoader.load(CommandProvider.class)
          .forEach(provider -> commandLine.addSubcommand(provider.command()));
    }
    return commandLine
        .setOut(terminal.out())
        .setErr(terminal.err())
        .setParameterExceptionHandler((failure, _) -> failures.usage(failure))
        .setExecutionExceptionHandler((failure, command, _) -> failures.report(failure, command));
  }

  /** The commands in the order of the help. */
  private static Map<String, Supplier<Subcommand>> commands() {
    Map<String, Supplier<Subcommand>> commands = new LinkedHashMap<>();
    commands.put("quickstart", QuickstartCommand::new);
    commands.put("train", TrainCommand::new);
    commands.put("watch", WatchCommand::new);
    commands.put("teach", TeachCommand::new);
    commands.put("study", StudyCommand::new);
    commands.put("evaluate", EvaluateCommand::new);
    commands.put("predict", PredictCommand::new);
    commands.put("attention", AttentionCommand::new);
    commands.put("serve", ServeCommand::new);
    commands.put("export", ExportCommand::new);
    commands.put("inspect", InspectCommand::new);
    commands.put("check-data", CheckDataCommand::new);
    commands.put("pack", PackCommand::new);
    commands.put("doctor", DoctorCommand::new);
    return commands;
  }

  /** Called when there is no command. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected a command, found none");
  }
}
