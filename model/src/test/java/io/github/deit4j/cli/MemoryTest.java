package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Settings that need more memory than there is end in an error that says so. */
class MemoryTest {
  @TempDir Path folder;
  private TinyTraining training;

  @BeforeEach
  void makeData() throws Exception {
    training = TinyTraining.in(folder);
  }

  private Cli fail(String... options) {
    Cli result = Cli.run(training.command("run", options).toArray());
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(training.out("run")).as("nothing has begun").doesNotExist();
    return result;
  }

  @Test
  void aModelForWhichTheHeapIsTooSmall() {
    assertThat(fail("--set", "width=4096", "--set", "depth=60").err())
        .contains("memory: these settings need about", "of Java's heap", "JDK_JAVA_OPTIONS=-Xmx");
  }

  /** More than a terabyte of activations; the images are few. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aStepForWhichTheMachineIsTooSmall() {
    String[] options = {
      "--set", "depth=1000", "--set", "image-size=768", "--set", "batch=32", "--set", "accumulate=1"
    };
    assertThat(fail(options).err())
        .contains("memory: these settings need about", "a step of the batch", "accumulate")
        .containsPattern("of which [0-9.]+ GB");
    assertThat(Files.exists(training.out("run"))).isFalse();
  }
}
