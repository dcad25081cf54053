package io.github.deit4j.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.deit4j.run.CheckpointStore.FileContent;
import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lets every single file operation of a save fail, in every way. */
class CheckpointFaultTest {
  private static final Identity IDENTITY = new Identity(Map.of("training-data", "cafe"));

  private static final int MORE_THAN_A_SAVE_NEEDS = 100;

  private static final FileOperations QUICK = new UnforcedOperations();

  @TempDir Path folder;

  /** How an operation fails. */
  enum Fault {
    /** It does nothing and throws; what follows works. */
    BEFORE(false, false),
    /** It does its work, or half of it if it has parts, and throws; what follows works. */
    AFTER(true, false),
    /** It does nothing, and nothing after it does: the process is dead. */
    DEAD_BEFORE(false, true),
    /** It does its work, or half of it, and nothing after it does. */
    DEAD_AFTER(true, true);

    private final boolean takesEffect;
    private final boolean lasts;

    Fault(boolean takesEffect, boolean lasts) {
      this.takesEffect = takesEffect;
      this.lasts = lasts;
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void savingANewStep(Fault fault) throws IOException {
    failEachOperation(fault, 3, 1, false);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void savingANewBest(Fault fault) throws IOException {
    failEachOperation(fault, 3, 1, true);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void savingAStepAgain(Fault fault) throws IOException {
    failEachOperation(fault, 2, 1, true);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void savingWithMoreKept(Fault fault) throws IOException {
    failEachOperation(fault, 3, 2, false);
  }

  /** In a folder with a best checkpoint of step 1 and a newer one of step 2, saves one more. */
  private void failEachOperation(Fault fault, long step, int keep, boolean best)
      throws IOException {
    for (int n = 0; n < MORE_THAN_A_SAVE_NEEDS; n++) {
      Path run = Files.createDirectory(folder.resolve(fault + "-" + n));
      CheckpointStore before = CheckpointStore.open(run, keep, IDENTITY, QUICK);
      save(before, 1, true);
      save(before, 2, false);
      var files = new FailingOperations(n, fault);
      boolean saved = trySave(run, keep, files, step, best);
      assertSound(run, keep, step, saved);
      assertGoesOn(run, keep, step);
      if (!files.failed) {
        assertThat(saved).isTrue();
        assertThat(n).as("operations of a save").isGreaterThan(8);
        return;
      }
    }
    fail("a save has more than %d operations", MORE_THAN_A_SAVE_NEEDS);
  }

  private static boolean trySave(
      Path run, int keep, FileOperations files, long step, boolean best) {
    try {
      save(CheckpointStore.open(run, keep, IDENTITY, files), step, best);
      return true;
    } catch (IOException e) {
      assertThat(e).isInstanceOf(CannotWriteException.class);
      return false;
    }
  }

  private static void assertSound(Path run, int keep, long step, boolean saved) throws IOException {
    List<String> reports = new ArrayList<>();
    Checkpoint newest =
        CheckpointStore.open(run, keep, IDENTITY, QUICK).newest(reports::add).orElseThrow();
    assertThat(newest.step()).isIn(saved ? List.of(step) : List.of(2L, step));
    assertThat(newest.file("model.safetensors")).hasContent("model " + newest.step());
    assertThat(reports).isEmpty();
    assertThat(pointer(run, "latest")).isEqualTo("step-" + newest.step());
    assertThat(run.resolve("checkpoints").resolve(pointer(run, "latest"))).isDirectory();
  }

  private static void assertGoesOn(Path run, int keep, long step) throws IOException {
    save(CheckpointStore.open(run, keep, IDENTITY, QUICK), step + 1, true);
    assertThat(pointer(run, "latest")).isEqualTo("step-" + (step + 1));
    assertThat(pointer(run, "best")).isEqualTo("step-" + (step + 1));
    try (Stream<Path> entries = Files.list(run.resolve("checkpoints"))) {
      assertThat(entries.map(path -> path.getFileName().toString()))
          .hasSize(keep)
          .allMatch(name -> name.startsWith("step-"));
    }
  }

  private static String pointer(Path run, String name) throws IOException {
    return Files.readString(run.resolve(name)).strip();
  }

  private static void save(CheckpointStore store, long step, boolean best) throws IOException {
    store.save(
        step,
        Map.of(
            "model.safetensors", file -> Files.writeString(file, "model " + step),
            "ema.safetensors", file -> Files.writeString(file, "ema " + step)),
        Map.of("epoch", step),
        best);
  }

  /** The disk's operations without waiting for the disk. */
  private static final class UnforcedOperations implements FileOperations {
    @Override
    public void createFolder(Path path) throws IOException {
      DISK.createFolder(path);
    }

    @Override
    public void write(Path file, FileContent content) throws IOException {
      content.writeTo(file);
    }

    @Override
    public void forceFolder(Path path) {}

    @Override
    public void move(Path from, Path to) throws IOException {
      DISK.move(from, to);
    }

    @Override
    public void replace(Path file, String text) throws IOException {
      Files.writeString(file, text);
    }

    @Override
    public void deleteTree(Path path) throws IOException {
      DISK.deleteTree(path);
    }
  }

  /** Passes operations on to the disk, except the n-th and perhaps those after it. */
  private static final class FailingOperations implements FileOperations {
    private final int failing;
    private final Fault fault;
    private int count;
    private boolean failed;

    FailingOperations(int failing, Fault fault) {
      this.failing = failing;
      this.fault = fault;
    }

    private interface Operation {
      void run() throws IOException;
    }

    private void run(Operation whole, Operation torn) throws IOException {
      int n = count++;
      if (n == failing || (fault.lasts && n > failing)) {
        failed = true;
        if (n == failing && fault.takesEffect) {
          torn.run();
        }
        throw new IOException("operation " + n + " failed");
      }
      whole.run();
    }

    @Override
    public void createFolder(Path path) throws IOException {
      run(() -> QUICK.createFolder(path), () -> QUICK.createFolder(path));
    }

    @Override
    public void write(Path file, FileContent content) throws IOException {
      run(() -> QUICK.write(file, content), () -> Files.writeString(file, "{\"torn\": "));
    }

    @Override
    public void forceFolder(Path path) throws IOException {
      run(() -> QUICK.forceFolder(path), () -> QUICK.forceFolder(path));
    }

    @Override
    public void move(Path from, Path to) throws IOException {
      run(() -> QUICK.move(from, to), () -> QUICK.move(from, to));
    }

    @Override
    public void replace(Path file, String text) throws IOException {
      run(() -> QUICK.replace(file, text), () -> QUICK.replace(file, text));
    }

    @Override
    public void deleteTree(Path path) throws IOException {
      run(() -> QUICK.deleteTree(path), () -> Files.deleteIfExists(path.resolve("state.json")));
    }
  }
}
