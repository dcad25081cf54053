package io.github.deit4j.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Starts real processes with a real MPI, more than there are processors if need be. Tests that have
 * no launcher are skipped with what to install.
 */
public enum MpiLauncher {
  /** Debian's openmpi-bin. */
  OPEN_MPI(List.of("mpirun.openmpi", "mpirun"), "Open MPI", "openmpi-bin"),

  /** Debian's mpich. */
  MPICH(List.of("mpiexec.mpich", "mpiexec.hydra", "mpiexec"), "HYDRA", "mpich");

  private static final long LONGEST_SECONDS = 300;
  private static final long POLL_MS = 5;

  /** The variable by which a rank's process is known. */
  private static final String RUN = "DEIT4J_TEST_RUN";

  /**
   * Lets root start processes, leaves them all processors, of which there are too few, and has them
   * talk through memory: MPICH aborts where a network interface comes or goes while it starts, and
   * {@code MpiHostsTest} makes and removes some.
   */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "OMPI_ALLOW_RUN_AS_ROOT", "1",
          "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1",
          "OMPI_MCA_rmaps_base_oversubscribe", "1",
          "OMPI_MCA_hwloc_base_binding_policy", "none",
          "OMPI_MCA_btl", "^tcp",
          "PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe",
          "PRTE_MCA_hwloc_default_binding_policy", "none",
          "UCX_TLS", "self,sm");

  private final List<String> names;
  private final String says;
  private final String debian;

  MpiLauncher(List<String> names, String says, String debian) {
    this.names = names;
    this.says = says;
    this.debian = debian;
  }

  /** How processes ended that were started together. */
  public record Ended(int code, String out, String err) {}

  /**
   * Begins to run ranks.
   *
   * @param folder where their output goes
   * @param environment variables of the ranks
   * @param command of every rank
   */
  public Running start(
      Path folder, int ranks, Map<String, String> environment, List<String> command)
      throws IOException {
    return start(folder, ranks, environment, List.of(), command);
  }

  /** As the shorter one, with options of the launcher. */
  public Running start(
      Path folder,
      int ranks,
      Map<String, String> environment,
      List<String> options,
      List<String> command)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(program(), "-n", Integer.toString(ranks)));
    all.addAll(options);
    all.addAll(command);
    return start(folder, environment, all);
  }

  /**
   * Begins to run ranks with different commands.
   *
   * @param commands element r is that of rank r
   */
  public Running startEach(
      Path folder, Map<String, String> environment, List<List<String>> commands)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(program()));
    for (List<String> command : commands) {
      if (all.size() > 1) {
        all.add(":");
      }
      all.addAll(List.of("-n", "1"));
      all.addAll(command);
    }
    return start(folder, environment, all);
  }

  private static Running start(Path folder, Map<String, String> environment, List<String> command)
      throws IOException {
    Path out = Files.createTempFile(folder, "ranks", ".out");
    Path err = Files.createTempFile(folder, "ranks", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().putAll(SETTINGS);
    builder.environment().putAll(environment);
    builder.environment().put(RUN, out.toString());
    return new Running(builder.start(), out, err);
  }

  /** Returns the launcher; without one the test is skipped. */
  private String program() {
    return names.stream()
        .filter(this::isOurs)
        .findFirst()
        .orElseGet(
            () -> {
              assumeTrue(false, "no %s here: apt-get install %s".formatted(this, debian));
              throw new AssertionError();
            });
  }

  private boolean isOurs(String name) {
    boolean inPath =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    if (!inPath) {
      return false;
    }
    try {
      Process process = new ProcessBuilder(name, "--version").redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return text.contains(says);
    } catch (IOException e) {
      return false;
    }
  }

  /** Processes at work; ended by force when closed. */
  public static final class Running implements AutoCloseable {
    private final Process process;
    private final Path out;
    private final Path err;

    private Running(Process process, Path out, Path err) {
      this.process = process;
      this.out = out;
      this.err = err;
    }

    /** Returns the launcher's process. */
    public ProcessHandle launcher() {
      return process.toHandle();
    }

    /** Returns the process of a rank on this machine, which must be running. */
    public ProcessHandle rank(int rank) {
      // A launcher's daemon for another host does not count as its descendant.
      return ProcessHandle.allProcesses()
          .filter(each -> variables(each).contains(RUN + "=" + out))
          .filter(
              each ->
                  variables(each).contains("OMPI_COMM_WORLD_RANK=" + rank)
                      || variables(each).contains("PMI_RANK=" + rank))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no rank " + rank));
    }

    private static List<String> variables(ProcessHandle process) {
      try {
        Path file = Path.of("/proc", Long.toString(process.pid()), "environ");
        return List.of(Files.readString(file, StandardCharsets.ISO_8859_1).split("\0"));
      } catch (IOException e) {
        return List.of();
      }
    }

    /** Waits until the ranks, which must be running, have brought about a condition. */
    public void await(BooleanSupplier condition) throws IOException, InterruptedException {
      long begin = System.nanoTime();
      while (!condition.getAsBoolean()) {
        assertThat(process.isAlive()).as("still running: %s", said()).isTrue();
        assertThat(System.nanoTime() - begin)
            .as("nanoseconds waited")
            .isLessThan(TimeUnit.SECONDS.toNanos(LONGEST_SECONDS));
        Thread.sleep(POLL_MS);
      }
    }

    /** Returns what launcher and ranks have written to standard error so far. */
    public String err() throws IOException {
      return Files.readString(err);
    }

    /** Everything: a JVM that dies, UCX and MPICH's launcher write to standard output. */
    private String said() throws IOException {
      return Files.readString(err) + Files.readString(out);
    }

    /** Waits for the end, which must come within five minutes. */
    public Ended end() throws IOException, InterruptedException {
      boolean ended = process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
      assertThat(ended).as("ended in time: %s", said()).isTrue();
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    @Override
    public void close() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
