package io.github.deit4j.bench;

import io.github.deit4j.bench.SuiteReport.Absence;
import io.github.deit4j.bench.SuiteReport.Settings;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.Peer.Library;
import io.github.deit4j.bench.measure.Machine;
import io.github.deit4j.cli.ExitCode;
import io.github.deit4j.cli.OutputFolder;
import io.github.deit4j.cli.StopSignal;
import io.github.deit4j.cli.UsageException;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.DeviceProvider;
import io.github.deit4j.device.Precision;
import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code deit bench suite}. */
@Command(
    name = "suite",
    description = {
      "Measure everything there is, CPU and GPU, ours and others', against the machine's limits,",
      "and write the report as JSON, CSV, Markdown and a page for the browser."
    })
final class SuiteCommand implements Callable<Integer> {
  private static final int QUICK_MINUTES = 9;
  private static final int FULL_MINUTES = 6 * 60;
  private static final int QUICK_ROUNDS = 2;
  private static final int FULL_ROUNDS = 5;

  /** More would be a slip of the hand: a week of minutes. */
  private static final int MOST = 7 * 24 * 60;

  @Spec private CommandSpec spec;

  @Option(
      names = "--quick",
      description = "End within 10 minutes: for a first look, not for numbers to publish.")
  private boolean quick;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = {
        "End within about so many minutes; what does not fit is left out and listed",
        "(default: " + FULL_MINUTES + ", with --quick " + QUICK_MINUTES + ")."
      })
  private Integer minutes;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = {
        "Measure everything so often, each time in a new JVM",
        "(default: " + FULL_ROUNDS + ", with --quick " + QUICK_ROUNDS + ")."
      })
  private Integer rounds;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "bench-suite",
      description = "Folder of the report, new or empty (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--resume",
      description = "Go on with the report in --out, on the same machine with the same build.")
  private boolean resume;

  @Option(
      names = "--peers",
      paramLabel = "DIR",
      defaultValue = "bench/peers/target",
      description =
          "ONNX Runtime and PyTorch, made by mvn -Ppeers package (default: ${DEFAULT-VALUE}).")
  private Path peers;

  @FunctionalInterface
  interface Runners {
    Suite.Runner make(boolean quick, Path peers, BooleanSupplier stopped) throws IOException;
  }

  private final Runners runners;

  SuiteCommand() {
    this(ForkedTrials::new);
  }

  SuiteCommand(Runners runners) {
    this.runners = runners;
  }

  @Override
  public Integer call() throws IOException {
    Path file = out.resolve(SuiteReport.FILE);
    List<Integer> threads = Trial.Plan.threadCounts(Runtime.getRuntime().availableProcessors());
    int roundCount = atLeastOne("--rounds", rounds, quick ? QUICK_ROUNDS : FULL_ROUNDS);
    int budget = atLeastOne("--minutes", minutes, quick ? QUICK_MINUTES : FULL_MINUTES);
    Settings settings = new Settings(quick, roundCount, Math.multiplyExact(60, budget), threads);
    Inventory inventory = Inventory.look(threads.getLast(), peers);
    Findings findings = begin(file, Testbed.here(inventory.descriptions()), settings);
    inventory.absences().forEach(each -> findings.addAbsence(each.what(), each.why()));
    try (StopSignal signal = new StopSignal()) {
      Suite suite =
          new Suite(
              Trial.Plan.of(quick, threads, inventory.contestants()),
              findings,
              runners.make(quick, peers.toAbsolutePath(), signal::asked),
              file,
              this::say,
              signal::asked,
              System::nanoTime,
              () -> Machine.availableMemory().orElse(Long.MAX_VALUE));
      boolean complete = suite.run();
      if (!complete && findings.isEmpty()) {
        return ExitCode.INTERRUPTED;
      }
      if (!complete) {
        signal.exitWith(ExitCode.STOPPED);
        findings.addAbsence("the rest", "stopped by a signal; --resume goes on");
      }
      SuiteFiles.write(findings.report(), out);
      say((complete ? "done: " : "stopped; --resume goes on: ") + out);
      return complete ? ExitCode.OK : ExitCode.STOPPED;
    }
  }

  private void say(String message) {
    spec.commandLine().getErr().println(message);
    spec.commandLine().getErr().flush();
  }

  private static int atLeastOne(String option, Integer value, int otherwise) {
    if (value == null) {
      return otherwise;
    }
    if (value < 1 || value > MOST) {
      throw new UsageException(
          "%s: expected a number from 1 to %d, found %d".formatted(option, MOST, value));
    }
    return value;
  }

  /** Returns what is there already if it is to be resumed, else nothing yet. */
  private Findings begin(Path file, Testbed environment, Settings settings) throws IOException {
    if (!resume) {
      OutputFolder.requireEmpty(out);
    }
    try {
      Files.createDirectories(out);
    } catch (IOException e) {
      throw new CannotWriteException(out, e);
    }
    if (!resume || !Files.exists(file)) {
      say(resume ? "nothing to resume in " + out + ": starting anew" : "measuring into " + out);
      return new Findings(environment, settings);
    }
    SuiteReport before = SuiteReport.read(file);
    List<String> differences = environment.differences(before.environment());
    if (!settings.equals(before.settings())) {
      differences.add("settings: %s, then %s".formatted(settings, before.settings()));
    }
    if (!differences.isEmpty()) {
      throw new UsageException(
          "--resume: expected the machine, build and options of %s, found other ones:%n  %s%n%s"
              .formatted(
                  file,
                  String.join(System.lineSeparator() + "  ", differences),
                  "choose another --out for a new run"));
    }
    return Findings.of(before);
  }

  /** What there is to measure on this machine. */
  record Inventory(
      List<Contestant> contestants, Map<String, String> descriptions, List<Absence> absences) {
    static Inventory look(int threads, Path peers) throws IOException {
      Inventory found = new Inventory(new ArrayList<>(), new TreeMap<>(), new ArrayList<>());
      for (DeviceProvider each : Backends.providers()) {
        each.capabilities().precisions().stream()
            .sorted()
            .forEach(precision -> found.lookAt(each.name(), precision, threads));
      }
      found.lookAtPeers(peers);
      return found;
    }

    private void lookAt(String name, Precision precision, int threads) {
      try (Backend backend = Backends.select(name, threads, precision).backend()) {
        contestants.add(Contestant.of(backend, precision));
        descriptions.putIfAbsent(backend.name(), backend.description());
      } catch (DeviceException e) {
        String reason = e.getMessage().lines().findFirst().orElseThrow().replaceFirst(":$", "");
        Absence absence = new Absence(name, reason + "; ./deit doctor tells more");
        if (!absences.contains(absence)) {
          absences.add(absence);
        }
      }
    }

    private void lookAtPeers(Path folder) throws IOException {
      Path jars = folder.resolve("lib");
      for (Library peer : Library.values()) {
        String name = peer.contestant(Precision.FP32).backend();
        String versions = Files.isDirectory(jars) ? versions(jars, peer) : "";
        if (versions.isEmpty()) {
          absences.add(
              new Absence(
                  name,
                  "not installed in %s; mvn -Ppeers -pl bench/peers -am package -DskipTests makes it"
                      .formatted(folder)));
        } else {
          contestants.add(peer.contestant(Precision.FP32));
          descriptions.put(name, versions);
        }
      }
    }

    private static String versions(Path jars, Library peer) throws IOException {
      try (Stream<Path> files = Files.list(jars)) {
        return files
            .map(file -> file.getFileName().toString())
            .filter(file -> file.startsWith(peer.id() + "-"))
            .map(file -> file.replaceFirst("\\.jar$", ""))
            .sorted()
            .collect(Collectors.joining(", "));
      }
    }
  }
}
