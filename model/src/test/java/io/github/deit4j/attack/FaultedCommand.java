package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.Fault;
import io.github.deit4j.cli.Cli;
import io.github.deit4j.testing.OpenResources;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A command that is run again and again, each time with another of its operations failing. Needs
 * the JVM of a {@link FaultCampaign}.
 *
 * <p>After each failure the exit code has to be right, no file may be there by half, nothing may be
 * left open, and going on has to give the bits of an undisturbed run.
 */
final class FaultedCommand {
  private static final String OUT = "out";
  private static final int MOST_WAIT_MILLIS = 5_000;
  private static final int PAUSE_MILLIS = 20;

  /** Files that tell of times, sessions or seconds, and so differ. */
  private static final Set<String> VARYING =
      Set.of("environment.json", "report.html", "metrics.jsonl", "results.json");

  /**
   * On the way they name other checkpoints. A run that has ended in spite of a failure keeps them
   * as they were then; only going on with it puts them right, which a study has no reason to.
   */
  private static final Set<String> POINTERS = Set.of("latest", "best");

  private final String name;
  private final FaultKind kind;
  private final Path template;
  private final Path folder;
  private final List<String> arguments;
  private final List<String> again;
  private final Map<Integer, Integer> codes = new TreeMap<>();
  private Map<String, String> before;
  private Map<String, String> expected;

  /**
   * Describes one.
   *
   * @param kind makes its operations fail
   * @param template holds what the command needs, and is never changed
   * @param folder where it runs, as a copy of the template, which is made anew each time
   * @param arguments of the command, whose paths begin with {@code folder} and write to its {@code
   *     out}
   * @param again what they are after a failure; {@code null} if the output is deleted before
   */
  FaultedCommand(
      String name,
      FaultKind kind,
      Path template,
      Path folder,
      List<String> arguments,
      List<String> again) {
    this.name = name;
    this.kind = kind;
    this.template = template;
    this.folder = folder;
    this.arguments = arguments;
    this.again = again;
  }

  String name() {
    return name;
  }

  List<Fault> faults() {
    return kind.faults();
  }

  /** Returns how often it ended with which exit code since this was last asked. */
  Map<Integer, Integer> takeCodes() {
    Map<Integer, Integer> taken = new TreeMap<>(codes);
    codes.clear();
    return taken;
  }

  /** Runs it undisturbed, and returns its operations. */
  List<String> prepare() throws IOException {
    copyTemplate();
    kind.run(arguments); // so that what happens once in a JVM is over
    copyTemplate();
    kind.begin(folder, -1, Fault.ONCE);
    Cli result = kind.run(arguments);
    List<String> operations = kind.end().operations();
    if (result.code() != 0) {
      throw new IOException(name + " fails undisturbed: " + result.err());
    }
    expected = outputs();
    return operations;
  }

  /**
   * Runs it with a fault at its n-th operation, and then once more without one.
   *
   * @return what was wrong about that, nothing if it was right
   */
  List<String> fail(int n, Fault fault) throws IOException {
    copyTemplate();
    List<String> wrong = Collections.synchronizedList(new ArrayList<>());
    OpenResources before = OpenResources.now();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, thrown) -> wrong.add(thread.getName() + " ended by " + thrown));
    Cli result;
    try {
      kind.begin(folder, n, fault);
      result = kind.run(arguments);
      FaultKind.Outcome outcome = kind.end();
      if (!outcome.failed()) {
        return wrong; // threads work in another order, and this time there were fewer operations
      }
      codes.merge(result.code(), 1, Integer::sum);
      check(result, outcome.operations().get(n), fault, wrong);
      wrong.addAll(outcome.left());
      requireNothingOpen(before, wrong);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(null);
    }
    if (!leavesImagesOut(result)) {
      compare(wrong, "after the failure", false);
    }
    return goOn(wrong);
  }

  /** As pack does without an image that cannot be read, which it says. */
  private static boolean leavesImagesOut(Cli result) {
    return result.code() == 0 && result.err().contains("left empty: ");
  }

  /** Threads that were told to end may take a moment. */
  private static void requireNothingOpen(OpenResources before, List<String> wrong) {
    List<String> left = OpenResources.now().since(before);
    for (int waited = 0; !left.isEmpty() && waited < MOST_WAIT_MILLIS; waited += PAUSE_MILLIS) {
      LockSupport.parkNanos(PAUSE_MILLIS * 1_000_000L);
      left = OpenResources.now().since(before);
    }
    left.forEach(each -> wrong.add("left open: " + each));
  }

  private List<String> goOn(List<String> wrong) throws IOException {
    if (again == null) {
      delete(folder.resolve(OUT));
      if (Files.exists(template.resolve(OUT))) {
        Files.createDirectory(folder.resolve(OUT));
      }
    }
    Cli second = kind.run(again == null ? arguments : again);
    if (second.code() != 0) {
      wrong.add("does not go on: " + second.code() + ": " + second.err());
    } else {
      compare(wrong, "in the end", true);
    }
    return wrong;
  }

  private void check(Cli result, String failed, Fault fault, List<String> wrong) {
    if (result.err().contains("\tat ") || result.err().contains("this is a defect")) {
      wrong.add("no error of ours: " + result.err());
    }
    if (!fault.isPower() && !leavesImagesOut(result)) {
      Set<Integer> right = kind.rightCodes(failed, fault);
      if (!right.contains(result.code())) {
        wrong.add("exit code " + result.code() + " of " + right + ": " + result.err());
      }
    }
  }

  /** What is there has to be whole, the old or the new; in the end all has to be there. */
  private void compare(List<String> wrong, String when, boolean all) throws IOException {
    Map<String, String> found = outputs();
    for (Map.Entry<String, String> file : expected.entrySet()) {
      String digest = found.get(file.getKey());
      boolean mayBeOther =
          !all
              && digest != null
              && (POINTERS.contains(file.getKey()) || digest.equals(before.get(file.getKey())));
      boolean same = digest == null ? !all : mayBeOther || digest.equals(file.getValue());
      if (!same) {
        wrong.add(file.getKey() + " is " + (digest == null ? "not there " : "another ") + when);
      }
    }
  }

  /** Returns the digests of the files that are the same in each run. */
  private Map<String, String> outputs() throws IOException {
    Map<String, String> digests = new TreeMap<>();
    Path out = folder.resolve(OUT);
    if (!Files.exists(out)) {
      return digests;
    }
    try (Stream<Path> paths = Files.walk(out)) {
      for (Path file : paths.filter(Files::isRegularFile).toList()) {
        String path = out.relativize(file).toString();
        String name = file.getFileName().toString();
        boolean study = name.startsWith("study-");
        if (!VARYING.contains(name)
            && !study
            && !name.startsWith(".")
            && (!POINTERS.contains(name) || POINTERS.contains(path))
            && !path.contains("checkpoints")) {
          digests.put(path, Sha256.of(file));
        }
      }
    }
    return digests;
  }

  private void copyTemplate() throws IOException {
    delete(folder);
    try (Stream<Path> paths = Files.walk(template)) {
      for (Path path : paths.toList()) {
        Files.copy(path, folder.resolve(template.relativize(path).toString()));
      }
    }
    before = outputs();
  }

  private static void delete(Path tree) throws IOException {
    if (Files.exists(tree)) {
      try (Stream<Path> paths = Files.walk(tree)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
