package io.github.deit4j.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.run.CheckpointStore.FileContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a power cut may not tear apart has to reach the disk in this order. */
class CheckpointOrderTest {
  private static final Identity IDENTITY = new Identity(Map.of("training-data", "cafe"));

  @TempDir Path run;

  @Test
  void everythingIsForcedBeforeItCountsAndOldOnesGoLast() throws IOException {
    save(CheckpointStore.open(run, 1, IDENTITY), 1);
    var recorder = new Recorder();
    save(CheckpointStore.open(run, 1, IDENTITY, recorder), 2);
    assertThat(recorder.operations)
        .containsExactly(
            "create .step-2.tmp",
            "write and force .step-2.tmp/model.safetensors",
            "write and force .step-2.tmp/state.json",
            "force .step-2.tmp",
            "move .step-2.tmp to step-2",
            "force checkpoints",
            "replace latest by step-2",
            "move step-1 to .step-1.removed",
            "delete .step-1.removed");
  }

  private static void save(CheckpointStore store, long step) throws IOException {
    FileContent model = file -> Files.writeString(file, "model " + step);
    store.save(step, Map.of("model.safetensors", model), Map.of(), false);
  }

  private static final class Recorder implements FileOperations {
    private final List<String> operations = new ArrayList<>();

    @Override
    public void createFolder(Path folder) throws IOException {
      operations.add("create " + name(folder));
      DISK.createFolder(folder);
    }

    @Override
    public void write(Path file, FileContent content) throws IOException {
      operations.add("write and force " + name(file.getParent()) + "/" + name(file));
      DISK.write(file, content);
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
      operations.add("force " + name(folder));
      DISK.forceFolder(folder);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
      operations.add("move " + name(from) + " to " + name(to));
      DISK.move(from, to);
    }

    @Override
    public void replace(Path file, String text) throws IOException {
      operations.add("replace " + name(file) + " by " + text.strip());
      DISK.replace(file, text);
    }

    @Override
    public void deleteTree(Path folder) throws IOException {
      operations.add("delete " + name(folder));
      DISK.deleteTree(folder);
    }

    /** A file's name without the random part of a hidden one's. */
    private static String name(Path path) {
      return path.getFileName().toString().replaceFirst("-[0-9a-f-]{36}$", "");
    }
  }
}
