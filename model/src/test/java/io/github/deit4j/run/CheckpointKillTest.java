package io.github.deit4j.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.run.CheckpointStore.FileContent;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a JVM that saves checkpoints without a pause, again and again. */
class CheckpointKillTest {
  private static final Identity IDENTITY = new Identity(Map.of("training-data", "cafe"));

  private static final int KILLS = 15;
  private static final int MAX_DELAY_MS = 120;
  private static final int FILE_BYTES = 300_000;

  @TempDir Path run;

  @Test
  void aLoadableCheckpointIsThereAfterEveryKill() throws Exception {
    long seed = System.nanoTime();
    System.out.println("CheckpointKillTest seed " + seed);
    var random = new SplittableRandom(seed);
    long newest = -1;
    for (int kill = 0; kill < KILLS; kill++) {
      long acknowledged = saveUntilKilled(random.nextInt(MAX_DELAY_MS));
      List<String> reports = new ArrayList<>();
      Checkpoint found = CheckpointStore.open(run, 1, IDENTITY).newest(reports::add).orElseThrow();
      assertThat(reports).as("kill %d of seed %d", kill, seed).isEmpty();
      assertThat(found.step()).isGreaterThanOrEqualTo(Math.max(acknowledged, newest));
      assertThat(Files.readAllBytes(found.file("model.safetensors")))
          .isEqualTo(content(found.step()));
      newest = found.step();
    }
  }

  /**
   * Lets a child save, kills it some time after its first save, and returns the last it told of.
   */
  private long saveUntilKilled(int delay) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                run.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = child.inputReader()) {
      long acknowledged = Long.parseLong(out.readLine());
      Thread.sleep(delay);
      child.toHandle().destroyForcibly(); // unlike the process's, it leaves the output readable
      child.waitFor();
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        acknowledged = Math.max(acknowledged, number(line));
      }
      return acknowledged;
    } finally {
      child.destroyForcibly();
    }
  }

  /** The last line may be cut, and is then a smaller number. */
  private static long number(String line) {
    return line.isEmpty() ? 0 : Long.parseLong(line);
  }

  private static byte[] content(long step) {
    byte[] content = new byte[FILE_BYTES];
    Arrays.fill(content, (byte) step);
    return content;
  }

  /** Saves one checkpoint after the other, some of them twice, until it is killed. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws IOException {
      CheckpointStore store = CheckpointStore.open(Path.of(args[0]), 1, IDENTITY);
      long step = store.newest(problem -> {}).map(Checkpoint::step).orElse(0L);
      while (true) {
        save(store, step);
        System.out.println(step);
        step++;
        save(store, step);
      }
    }

    private static void save(CheckpointStore store, long step) throws IOException {
      FileContent model = file -> Files.write(file, content(step));
      store.save(step, Map.of("model.safetensors", model), Map.of("epoch", step), step % 7 == 0);
    }
  }
}
