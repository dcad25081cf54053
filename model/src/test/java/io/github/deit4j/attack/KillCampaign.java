package io.github.deit4j.attack;

import io.github.deit4j.cli.ChildJvm;
import io.github.deit4j.cli.TinyTraining;
import io.github.deit4j.cli.TinyTraining.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Kills training runs at random moments and resumes them, again and again until they end. A run is
 * lost if it does not go on, goes back behind a checkpoint that was complete, finds a damaged one,
 * or ends with other weights or metrics than a run that nobody killed.
 *
 * <p>As long as less than half of them were inside checkpoint writing, a kill waits for that. A
 * kill counts as inside one if it left a checkpoint's or a pointer's temporary name behind.
 */
@Command(
    name = "kills",
    description = "Kills training runs, inside checkpoint writing and elsewhere.",
    mixinStandardHelpOptions = true)
final class KillCampaign implements Callable<Integer> {
  private static final Pattern RESUMED = Pattern.compile("resuming from step ([0-9]+)");

  /** Longer than a life that nobody ends takes, after its first checkpoint. */
  private static final int LONGEST_LIFE_MS = 300;

  /** Longer than it takes to save a checkpoint, on a quiet machine. */
  private static final int LONGEST_SAVE_MICROS = 6_000;

  private static final int TELL_EVERY = 25;
  private static final int POLL_MICROS = 500;

  /** To ask for a process's time costs more than to look whether it saves. */
  private static final int LOOK_SELDOM = 200;

  /** Of a processor; a run that has nothing else to do than to be stopped does not use it up. */
  private static final Duration HANGS = Duration.ofSeconds(120);

  /** Steps so small that most of the time goes into checkpoints. */
  private static final List<String> SETTINGS =
      List.of(
          "width=8",
          "depth=1",
          "batch=4",
          "accumulate=1",
          "grain=4",
          "epochs=20",
          "evaluate-every=10",
          "checkpoint-every=1");

  @Option(names = "--kills", description = "how many at least (default: ${DEFAULT-VALUE})")
  private int most = 1000;

  @Option(names = "--seed", description = "of the moments (default: the time)")
  private long seed = System.nanoTime();

  @Option(names = "--folder", description = "a new folder for the runs (default: a temporary one)")
  private Path folder;

  private final List<String> losses = new ArrayList<>();
  private TinyTraining training;
  private String classPath;
  private SplittableRandom random;
  private Weights expected;
  private List<Map<String, Object>> expectedMetrics;
  private int kills;
  private int inside;
  private int beforeTheFirst;
  private int runs;

  @Override
  public Integer call() throws IOException, InterruptedException {
    folder = folder == null ? Files.createTempDirectory("kills") : folder.toAbsolutePath();
    random = new SplittableRandom(seed);
    training = TinyTraining.in(Files.createDirectories(folder));
    classPath = Jars.classPath(folder);
    if (!endUndisturbed("undisturbed", false)) {
      return 1;
    }
    expected = training.weights("undisturbed");
    expectedMetrics = training.metrics("undisturbed");
    System.out.printf("seed %d; undisturbed: %s%n", seed, expected);
    while (kills < most) {
      String run = "run-" + runs;
      killUntilItEnds(run);
      runs++;
      delete(training.out(run));
      System.out.println(counts());
    }
    losses.forEach(System.out::println);
    return losses.isEmpty() ? 0 : 1;
  }

  private String counts() {
    return String.format(
        Locale.ROOT,
        "%,d kills, %,d of them inside checkpoint writing, %,d before the first checkpoint; "
            + "%,d runs followed to the end, %d lost, all others with SHA-256 %s",
        kills,
        inside,
        beforeTheFirst,
        runs,
        losses.size(),
        expected.model());
  }

  private void killUntilItEnds(String run) throws IOException, InterruptedException {
    int lost = losses.size();
    long saved = 0;
    for (int life = 0; !Files.exists(training.out(run).resolve("results.json")); life++) {
      Process child = start(run, life > 0);
      if (kills < most) {
        awaitMoment(run, child, life);
      } else if (!ends(run, child)) {
        return;
      }
      long acknowledged = newestStep(run);
      boolean killed = child.isAlive();
      if (killed) {
        child.destroyForcibly().waitFor();
      } else if (child.exitValue() != 0) {
        lose(run, "ended with exit code " + child.exitValue());
        return;
      }
      checkResumed(run, saved);
      saved = Math.max(saved, acknowledged);
      if (killed) {
        count(run);
      }
    }
    // Killed while it wrote its last files, it has to bring them to an end.
    if (lost == losses.size() && endUndisturbed(run, true)) {
      compare(run);
    }
  }

  private void compare(String run) throws IOException {
    if (!training.weights(run).equals(expected)) {
      lose(run, "other weights: " + training.weights(run));
    }
    if (!training.metrics(run).equals(expectedMetrics)) {
      lose(run, "other metrics");
    }
  }

  private void count(String run) throws IOException {
    kills++;
    if (newestStep(run) == 0) {
      beforeTheFirst++;
    }
    if (isSaving(run)) {
      inside++;
    }
    if (kills % TELL_EVERY == 0) {
      System.out.println(counts());
    }
  }

  private void lose(String run, String why) throws IOException {
    Path log = folder.resolve(run + ".log");
    losses.add("LOST " + run + " of seed " + seed + ": " + why + "\n" + Files.readString(log));
    System.out.println(losses.getLast());
  }

  private void checkResumed(String run, long saved) throws IOException {
    String said = Files.readString(folder.resolve(run + ".log"));
    Matcher resumed = RESUMED.matcher(said);
    if (resumed.find() && Long.parseLong(resumed.group(1)) < saved) {
      lose(run, "went back behind step " + saved);
    }
    if (said.contains("damaged") || (saved > 0 && said.contains("starts anew"))) {
      lose(run, "a checkpoint was damaged or gone");
    }
  }

  private Process start(String run, boolean resume) throws IOException {
    List<String> options = new ArrayList<>(List.of("--threads", "1"));
    SETTINGS.forEach(setting -> options.addAll(List.of("--set", setting)));
    if (resume) {
      options.add("--resume");
    }
    List<String> command =
        // Without the Vector API, which C1 is slow at; the bits are the same.
        ChildJvm.scalarCommand(
            classPath,
            List.of(
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + folder.resolve("classes.jsa"),
                "-Xlog:disable"),
            training.command(run, options.toArray(String[]::new)));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(run + ".log").toFile())
        .start();
  }

  /** Waits until it is time for a kill, or the child has ended. */
  private void awaitMoment(String run, Process child, int life)
      throws IOException, InterruptedException {
    boolean anywhere = 2 * inside > kills;
    if (anywhere) {
      // Now and then while Java starts, else after the run has gone on.
      long begun = newestStep(run);
      boolean early = random.nextInt(20) == 0 && life > 0;
      while (!early && child.isAlive() && newestStep(run) == begun && !isLost(run, child)) {
        pause(POLL_MICROS);
      }
      pause(random.nextInt(LONGEST_LIFE_MS * 1000));
    } else {
      int saves = random.nextInt(1, 8);
      while (saves > 0 && child.isAlive() && !isLost(run, child)) {
        boolean saving = isSaving(run);
        pause(POLL_MICROS);
        saves -= !saving && isSaving(run) ? 1 : 0;
      }
      pause(random.nextInt(LONGEST_SAVE_MICROS));
    }
  }

  private static void pause(long micros) throws InterruptedException {
    TimeUnit.MICROSECONDS.sleep(micros);
  }

  private boolean isLost(String run, Process child) throws IOException {
    boolean hangs = hangs(child);
    if (hangs) {
      lose(run, "hangs");
    }
    return hangs;
  }

  private boolean hangs(Process child) {
    return random.nextInt(LOOK_SELDOM) == 0
        && child.info().totalCpuDuration().orElse(Duration.ZERO).compareTo(HANGS) > 0;
  }

  private boolean endUndisturbed(String run, boolean resume)
      throws IOException, InterruptedException {
    Process child = start(run, resume);
    if (ends(run, child) && child.exitValue() != 0) {
      lose(run, "ended with exit code " + child.exitValue());
    }
    return !child.isAlive() && child.exitValue() == 0;
  }

  private boolean ends(String run, Process child) throws IOException, InterruptedException {
    while (!child.waitFor(1, TimeUnit.SECONDS)) {
      if (isLost(run, child)) {
        child.destroyForcibly();
        return false;
      }
    }
    return true;
  }

  /** Returns whether there is something that lies there only while a checkpoint is written. */
  private boolean isSaving(String run) throws IOException {
    Path out = training.out(run);
    return hasHidden(out.resolve("checkpoints")) || hasHidden(out);
  }

  private static boolean hasHidden(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .anyMatch(
              name ->
                  name.startsWith(".step-")
                      || name.startsWith(".latest.")
                      || name.startsWith(".best."));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Returns the step of the newest checkpoint that is complete, 0 if there is none. */
  private long newestStep(String run) throws IOException {
    try {
      String latest = Files.readString(training.out(run).resolve("latest")).strip();
      return Long.parseLong(latest.substring(latest.indexOf('-') + 1));
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
