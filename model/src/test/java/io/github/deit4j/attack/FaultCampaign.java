package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.DiskProvider;
import io.github.deit4j.attack.disk.Fault;
import io.github.deit4j.tensor.OpenArenas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Fails every operation of the commands, of one kind after the other; each has its own JVM. */
@Command(
    name = "faults",
    description = {
      "Lets every operation of the commands fail: once, and with all later ones.",
      "Kinds: files (by power failures, too), memory (beside Java's heap: whatever allocates it),"
          + " calls (of the C library and, where -Ddeit4j.turbojpeg names it, libjpeg-turbo),"
          + " start (both, of train, from the start of the JVM, in bf16 with its machine code),"
          + " heap (sizes that are too small), cuda (calls of CUDA's libraries, on the stand-in)."
    },
    mixinStandardHelpOptions = true)
final class FaultCampaign implements Callable<Integer> {
  private static final List<String> KINDS =
      List.of("files", "memory", "calls", "start", "heap", "cuda");

  private static final String OWN_JVM = "attack.own-jvm";

  @Option(names = "--every", description = "only each so manieth operation (default: 1)")
  private int every = 1;

  @Option(
      names = "--commands",
      split = ",",
      description = "of train,resume,export,pack,teach,draws,study (default: all)")
  private List<String> chosen = FaultedCommands.NAMES;

  @Option(
      names = "--kinds",
      split = ",",
      description = "of files,memory,calls,start,heap,cuda (default: all)")
  private List<String> kinds = KINDS;

  private final List<String> defects = new ArrayList<>();
  private Path folder;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (System.getProperty(OWN_JVM) == null) {
      int worst = 0;
      for (String kind : kinds) {
        worst = Math.max(worst, inOwnJvm(kind));
      }
      return worst;
    }
    OpenArenas.recordPlaces();
    String kind = kinds.getFirst();
    folder = Files.createTempDirectory("faults-" + kind);
    FaultedCommands commands = commands(kind);
    for (String name : chosen) {
      if (!kind.equals("start") || name.equals("train")) {
        attack(kind, commands.get(name));
      }
    }
    defects.forEach(System.out::println);
    System.out.printf("%s: %d defects%n", kind, defects.size());
    return defects.isEmpty() ? 0 : 1;
  }

  private int inOwnJvm(String kind) throws IOException, InterruptedException {
    List<String> options = new ArrayList<>(List.of("-D" + OWN_JVM));
    if (kind.equals("files")) {
      options.add("-D" + DiskProvider.PROPERTY + "=" + DiskProvider.class.getName());
    }
    String decoder = System.getProperty("deit4j.turbojpeg");
    if (decoder != null) {
      options.add("-Ddeit4j.turbojpeg=" + decoder);
    }
    List<String> arguments =
        List.of(
            "faults",
            "--every=" + every,
            "--kinds=" + kind,
            "--commands=" + String.join(",", chosen));
    return new ProcessBuilder(OwnJvm.command(options, Attack.class, arguments))
        .inheritIO()
        .start()
        .waitFor();
  }

  private FaultedCommands commands(String kind) throws IOException, InterruptedException {
    return switch (kind) {
      case "files" -> new FaultedCommands(folder, new DiskFaults(), false, "cpu", "fp32");
      case "memory" ->
          new FaultedCommands(folder, natives(NativeFunction.MEMORY), true, "cpu", "fp32");
      case "calls" ->
          new FaultedCommands(folder, natives(NativeFunction.CALLS), true, "cpu", "fp32");
      case "start" -> {
        FaultKind faults = new StartFaults(NativeFaults.build(folder));
        yield new FaultedCommands(folder, faults, true, "cpu", "bf16");
      }
      case "heap" -> new FaultedCommands(folder, new HeapFaults(), false, "cpu", "fp32");
      case "cuda" -> new FaultedCommands(folder, new CudaFaults(), false, "cuda", "fp32");
      default -> throw new IllegalArgumentException("expected one of " + KINDS + ", not " + kind);
    };
  }

  private FaultKind natives(Set<NativeFunction> functions)
      throws IOException, InterruptedException {
    return NativeFaults.load(NativeFaults.build(folder), functions);
  }

  private void attack(String kind, FaultedCommand command) throws IOException {
    List<String> operations = command.prepare();
    for (Fault fault : command.faults()) {
      Map<String, Integer> counts = new TreeMap<>();
      for (int n = 0; n < operations.size(); n += every) {
        counts.merge(operations.get(n), 1, Integer::sum);
        for (String wrong : command.fail(n, fault)) {
          defects.add(
              "DEFECT %s, %s at %d, %s: %s"
                  .formatted(command.name(), fault, n, operations.get(n), wrong));
          System.out.println(defects.getLast());
        }
      }
      System.out.printf(
          Locale.ROOT,
          "%-6s %-7s %-15s %4d failed of %4d operations: %s, exit codes %s%n",
          kind,
          command.name(),
          fault,
          counts.values().stream().mapToInt(Integer::intValue).sum(),
          operations.size(),
          counts,
          command.takeCodes());
    }
  }
}
