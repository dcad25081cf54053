package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.Disk;
import io.github.deit4j.attack.disk.Fault;
import io.github.deit4j.attack.disk.Operation;
import io.github.deit4j.cli.Cli;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A command that is run again and again, each time with another of its operations failing. Needs
 * the JVM of a {@link FaultCampaign}.
 */
final class FaultedCommand {
  private static final String OUT = "out";
  private static final int CANNOT_WRITE = 73;
  private static final int USAGE = 2;
  private static final int BAD_DATA = 65;

  /** Files that tell of times, sessions or seconds, and so differ. */
  private static final Set<String> VARYING =
      Set.of("environment.json", "report.html", "metrics.jsonl", "results.json");

  /**
   * On the way they name other checkpoints. A run that has ended in spite of a failure keeps them
   * as they were then; only going on with it puts them right, which a study has no reason to.
   */
  private static final Set<String> POINTERS = Set.of("latest", "best");

  private final String name;
  private final Path template;
  private final Path folder;
  private final List<String> arguments;
  private final List<String> again;
  private Map<String, String> before;
  private Map<String, String> expected;
  private List<Operation> operations;

  /**
   * Describes one.
   *
   * @param template holds what the command needs, and is never changed
   * @param folder where it runs, as a copy of the template, which is made anew each time
   * @param arguments of the command, whose paths begin with {@code folder} and write to its {@code
   *     out}
   * @param again what they are after a failure; {@code null} if the output is deleted before
   */
  FaultedCommand(
      String name, Path template, Path folder, List<String> arguments, List<String> again) {
    this.name = name;
    this.template = template;
    this.folder = folder;
    this.arguments = arguments;
    this.again = again;
  }

  String name() {
    return name;
  }

  /** Runs it undisturbed, and returns its operations. */
  List<Operation> prepare() throws IOException {
    run(arguments); // so that what happens once in a JVM is over
    copyTemplate();
    Disk disk = Disk.attack(folder, -1, Fault.ONCE);
    Cli result = run(arguments);
    Disk.endAttack();
    if (result.code() != 0) {
      throw new IOException(name + " fails undisturbed: " + result.err());
    }
    expected = outputs();
    operations = disk.operations();
    return operations;
  }

  private static Cli run(List<String> arguments) {
    return Cli.run(arguments.toArray());
  }

  /**
   * Runs it with a fault at its n-th operation, and then once more without one.
   *
   * @return what was wrong about that, nothing if it was right
   */
  List<String> fail(int n, Fault fault) throws IOException {
    copyTemplate();
    List<String> wrong = new ArrayList<>();
    Disk disk = Disk.attack(folder, n, fault);
    Cli result = run(arguments);
    Disk.endAttack();
    if (!disk.failed()) {
      return wrong; // threads read in another order, and this time there were fewer operations
    }
    Operation failed = disk.operations().get(n);
    check(result, failed, fault, wrong);
    return goOn(wrong);
  }

  private List<String> goOn(List<String> wrong) throws IOException {
    compare(wrong, "after the failure", false);
    if (again == null) {
      delete(folder.resolve(OUT));
      if (Files.exists(template.resolve(OUT))) {
        Files.createDirectory(folder.resolve(OUT));
      }
    }
    Cli second = run(again == null ? arguments : again);
    if (second.code() != 0) {
      wrong.add("does not go on: " + second.code() + ": " + second.err());
    } else {
      compare(wrong, "in the end", true);
    }
    return wrong;
  }

  private void check(Cli result, Operation failed, Fault fault, List<String> wrong) {
    if (result.err().contains("\tat ") || result.err().contains("this is a defect")) {
      wrong.add("no error of ours: " + result.err());
    }
    if (fault == Fault.ONCE || fault == Fault.LASTING) {
      Set<Integer> right = rightCodes(failed);
      if (!right.contains(result.code())) {
        wrong.add("exit code " + result.code() + " of " + right + ": " + result.err());
      }
    }
  }

  /**
   * What could not be read may be the recipe, or needed to write, or not at all. Java makes a
   * folder again after a failure, with those above it, and a file that was to be taken out of the
   * way need not be there.
   */
  private static Set<Integer> rightCodes(Operation failed) {
    if (!failed.changes()) {
      return Set.of(BAD_DATA, USAGE, CANNOT_WRITE, 0);
    }
    boolean optional = failed == Operation.MAKE_FOLDER || failed == Operation.DELETE;
    return optional ? Set.of(CANNOT_WRITE, 0) : Set.of(CANNOT_WRITE);
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
