package io.github.deit4j.run;

import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints of a run: folders {@code checkpoints/step-N} with files and a {@code state.json}.
 *
 * <p>Once one has been saved there is a loadable one at every instant, whenever the process is
 * killed, the disk fills or the power fails: a new checkpoint is written to a hidden folder, forced
 * to the disk and renamed, and only then are superseded ones removed. The last {@code keep} stay,
 * and the best: the newest that was saved as best.
 *
 * <p>The run folder's small text files {@code latest} and {@code best} hold the names of two of the
 * folders, such as {@code step-12}. They are for people and scripts: {@code latest} always names a
 * folder that is there; loading goes by the folders themselves. Where a process ended before it
 * wrote them, opening the store does.
 *
 * <p>Not safe for use by several threads or processes at the same time; {@link RunFolder} sees to
 * that.
 */
public final class CheckpointStore {
  static final String FOLDER = "checkpoints";
  static final String LATEST = "latest";
  static final String BEST = "best";

  private static final Pattern NAME = Pattern.compile("step-(0|[1-9][0-9]{0,17})");

  /** An older version of a step, out of the way while the new one takes its name. */
  private static final Pattern REPLACED = Pattern.compile("\\.(step-[0-9]+)\\.replaced-.*");

  private final Path runFolder;
  private final Path folder;
  private final int keep;
  private final Identity identity;
  private final FileOperations files;

  private CheckpointStore(Path runFolder, int keep, Identity identity, FileOperations files) {
    this.runFolder = runFolder;
    this.folder = runFolder.resolve(FOLDER);
    this.keep = keep;
    this.identity = identity;
    this.files = files;
  }

  /**
   * Opens the checkpoints of a run, and clears up what a killed process left behind.
   *
   * @param runFolder an existing folder
   * @param keep how many checkpoints stay, beside the best; at least 1
   * @param identity of the run, which every checkpoint holds
   * @throws CannotWriteException if the folder cannot be written
   */
  static CheckpointStore open(Path runFolder, int keep, Identity identity) throws IOException {
    return open(runFolder, keep, identity, FileOperations.DISK);
  }

  static CheckpointStore open(Path runFolder, int keep, Identity identity, FileOperations files)
      throws IOException {
    if (keep < 1) {
      throw new IllegalArgumentException("checkpoints: keep: expected 1 or more, found " + keep);
    }
    var store = new CheckpointStore(runFolder, keep, identity, files);
    try {
      store.createOrClearUp();
    } catch (IOException e) {
      throw new CannotWriteException(store.folder, e);
    }
    return store;
  }

  private void createOrClearUp() throws IOException {
    if (!Files.isDirectory(folder)) {
      files.createFolder(folder);
      files.forceFolder(runFolder);
    }
    for (Path entry : entries()) {
      String name = entry.getFileName().toString();
      Matcher replaced = REPLACED.matcher(name);
      if (replaced.matches() && !Files.exists(folder.resolve(replaced.group(1)))) {
        files.move(entry, folder.resolve(replaced.group(1)));
      } else if (name.startsWith(".step-")) {
        files.deleteTree(entry);
      }
    }
    pointAnew();
  }

  /** A process that ended between a checkpoint's name and the pointers' left them as they were. */
  private void pointAnew() throws IOException {
    List<Path> steps = steps();
    if (!steps.isEmpty()) {
      pointIfOther(LATEST, steps.getFirst());
    }
    Optional<Path> best = best();
    if (best.isPresent()) {
      pointIfOther(BEST, best.get());
    }
  }

  private void pointIfOther(String pointer, Path checkpoint) throws IOException {
    Path file = runFolder.resolve(pointer);
    if (!Files.exists(file) || !Files.readString(file).equals(text(checkpoint))) {
      point(pointer, checkpoint);
    }
  }

  /**
   * Saves a checkpoint. If the step has one already, the new one takes its place.
   *
   * @param step optimizer steps done
   * @param contents what writes each file, by file name
   * @param state what else to save, a tree as {@link io.github.deit4j.json.JsonWriter} takes it
   * @param best whether it is the best so far, so that it is kept until there is a better one
   * @throws CannotWriteException if it could not be saved, or superseded ones not be removed; all
   *     that was loadable before still is
   * @throws IllegalStateException if there is a loadable checkpoint of a later step
   */
  public Checkpoint save(
      long step, Map<String, FileContent> contents, Map<String, Object> state, boolean best)
      throws IOException {
    if (step < 0) {
      throw new IllegalArgumentException("checkpoint: step: expected 0 or more, found " + step);
    }
    Path target = folder.resolve("step-" + step);
    Path temporary = hidden(target, "tmp");
    try {
      refuseNewer(step);
      files.createFolder(temporary);
      for (var content : contents.entrySet()) {
        files.write(temporary.resolve(content.getKey()), content.getValue());
      }
      String json = Checkpoint.write(temporary, contents.keySet(), step, best, identity, state);
      files.write(temporary.resolve(Checkpoint.STATE), file -> Files.writeString(file, json));
      files.forceFolder(temporary);
      publish(temporary, target);
      point(LATEST, target);
      removeSuperseded(step, keep, pointToBest());
      return Checkpoint.read(target);
    } catch (IOException e) {
      // Reads too: what has just been written and is gone was taken away, not damaged.
      discard(temporary, e);
      throw new CannotWriteException(target, e);
    } catch (RuntimeException | Error e) {
      discard(temporary, e);
      throw e;
    }
  }

  /**
   * Removes all checkpoints but the last ones and the best.
   *
   * @param count how many stay, beside the best; at least 1
   * @throws CannotWriteException if one could not be removed
   */
  public void keepOnly(int count) throws IOException {
    try {
      removeSuperseded(Long.MAX_VALUE, count, best());
    } catch (IOException e) {
      throw new CannotWriteException(folder, e);
    }
  }

  /** Returns the newest checkpoint of an earlier step, damaged or not. */
  public Optional<Path> before(long step) throws IOException {
    return steps().stream().filter(path -> stepOf(path) < step).findFirst();
  }

  private void refuseNewer(long step) throws IOException {
    for (Path other : steps()) {
      if (stepOf(other) > step && check(other, problem -> {}).isPresent()) {
        throw new IllegalStateException(
            "checkpoint of step %d: expected none of a later step, found %s; resume from the newest one"
                .formatted(step, other));
      }
    }
  }

  private void publish(Path temporary, Path target) throws IOException {
    if (Files.exists(target)) {
      replace(temporary, target);
    } else {
      files.move(temporary, target);
      files.forceFolder(folder);
    }
  }

  /** Between its two renames the step is out of sight; opening the store would bring it back. */
  private void replace(Path temporary, Path target) throws IOException {
    Path replaced = hidden(target, "replaced");
    files.move(target, replaced);
    try {
      files.move(temporary, target);
    } catch (IOException e) {
      files.move(replaced, target);
      throw e;
    }
    files.forceFolder(folder);
    files.deleteTree(replaced);
  }

  /** Lets {@code best} name the newest checkpoint saved as best, and returns it. */
  private Optional<Path> pointToBest() throws IOException {
    Optional<Path> best = best();
    if (best.isPresent()) {
      point(BEST, best.get());
    }
    return best;
  }

  private Optional<Path> best() throws IOException {
    return steps().stream().filter(CheckpointStore::isBest).findFirst();
  }

  private void point(String pointer, Path checkpoint) throws IOException {
    files.replace(runFolder.resolve(pointer), text(checkpoint));
  }

  private static String text(Path checkpoint) {
    return checkpoint.getFileName() + "\n";
  }

  private static boolean isBest(Path checkpoint) {
    try {
      return Checkpoint.read(checkpoint).best();
    } catch (IOException e) {
      return false; // damaged, so of no use
    }
  }

  private void removeSuperseded(long step, int count, Optional<Path> best) throws IOException {
    Set<Path> kept = new HashSet<>();
    best.ifPresent(kept::add);
    List<Path> all = steps();
    all.stream().filter(path -> stepOf(path) <= step).limit(count).forEach(kept::add);
    for (Path path : all) {
      if (!kept.contains(path)) {
        // Renamed first, so that nobody takes a half-deleted checkpoint for a damaged one.
        Path removed = hidden(path, "removed");
        files.move(path, removed);
        files.deleteTree(removed);
      }
    }
  }

  private void discard(Path temporary, Throwable failure) {
    try {
      if (Files.exists(temporary)) {
        files.deleteTree(temporary);
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Returns the newest checkpoint that passes its checks, or nothing if none was ever saved.
   *
   * @param report is told of each damaged one that is passed over
   * @throws FormatException if there are checkpoints, but all are damaged
   * @throws OtherInputsException if it is of another run; lists how that differs from this one
   */
  public Optional<Checkpoint> newest(Consumer<String> report) throws IOException {
    List<Path> steps = steps();
    for (Path path : steps) {
      Optional<Checkpoint> checkpoint = check(path, report);
      if (checkpoint.isPresent()) {
        requireOfThisRun(checkpoint.get());
        return checkpoint;
      }
    }
    if (!steps.isEmpty()) {
      throw new FormatException(
          folder, "a loadable checkpoint", "only damaged ones: " + names(steps));
    }
    return Optional.empty();
  }

  /**
   * Returns the best checkpoint, or nothing if none was saved as that.
   *
   * @throws FormatException if it is damaged
   */
  public Optional<Checkpoint> newestBest() throws IOException {
    Optional<Path> best = best();
    return best.isPresent()
        ? Optional.of(Checkpoint.readAndCheckFiles(best.get()))
        : Optional.empty();
  }

  /** Checkpoints of earlier versions do not tell. */
  private void requireOfThisRun(Checkpoint checkpoint) throws OtherInputsException {
    if (checkpoint.identity().isPresent()) {
      Identity stored = checkpoint.identity().get();
      List<String> differences = new ArrayList<>(stored.settingsThatDifferIn(identity));
      differences.addAll(stored.inputsThatDifferIn(identity));
      if (!differences.isEmpty()) {
        throw new OtherInputsException(
            checkpoint.folder(),
            "a checkpoint of this run's recipe, data and teacher",
            differences);
      }
    }
  }

  private static Optional<Checkpoint> check(Path path, Consumer<String> report) {
    try {
      Checkpoint checkpoint = Checkpoint.readAndCheckFiles(path);
      if (checkpoint.step() == stepOf(path)) {
        return Optional.of(checkpoint);
      }
      report.accept(path + " is damaged: its state.json is of step " + checkpoint.step());
    } catch (NoSuchFileException e) {
      report.accept(path + " is damaged: " + e.getFile() + " is missing");
    } catch (IOException e) {
      report.accept(path + " is damaged: " + e.getMessage());
    }
    return Optional.empty();
  }

  /** Returns the checkpoints' folders, the newest first. */
  private List<Path> steps() throws IOException {
    return entries().stream()
        .filter(entry -> stepOf(entry) >= 0)
        .sorted(Comparator.comparingLong(CheckpointStore::stepOf).reversed())
        .toList();
  }

  private List<Path> entries() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Returns the step that a folder's name tells, −1 for other names. */
  private static long stepOf(Path path) {
    Matcher name = NAME.matcher(path.getFileName().toString());
    return name.matches() ? Long.parseLong(name.group(1)) : -1;
  }

  private static List<String> names(List<Path> paths) {
    return paths.stream().map(path -> path.getFileName().toString()).toList();
  }

  private static Path hidden(Path path, String purpose) {
    return path.resolveSibling("." + path.getFileName() + "." + purpose + "-" + UUID.randomUUID());
  }

  /** Writes one file of a checkpoint. */
  @FunctionalInterface
  public interface FileContent {
    /** Creates the file, which does not exist yet, with its whole content. */
    void writeTo(Path file) throws IOException;
  }
}
