package io.github.deit4j.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.tensor.HostMemory;
import io.github.deit4j.tensor.TensorArena;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Lets JUnit run a class that leaves open what it is told to. */
class LeakCheckTest {
  private static Callable<AutoCloseable> opening;
  private static boolean closes;
  private static AutoCloseable opened;

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = Files.write(folder.resolve("some.file"), new byte[4096]).toRealPath();
    closes = false;
    opened = null;
  }

  @AfterEach
  void close() throws Exception {
    if (opened != null) {
      opened.close();
    }
  }

  private static AutoCloseable openArena() {
    return new TensorArena("planted", 1 << 20, new HostMemory());
  }

  @SuppressWarnings("MustBeClosedChecker") // the test closes it
  private AutoCloseable map() throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file)) {
      channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
    }
    return arena;
  }

  @Test
  void anArenaIsFoundWithThePlaceThatOpenedIt() {
    opening = LeakCheckTest::openArena;
    assertThat(failures(Untidy.class))
        .singleElement()
        .asString()
        .contains("Untidy left 1 open")
        .contains(
            "arena 'planted', opened at \n  " + LeakCheckTest.class.getName() + ".openArena(");
  }

  @Test
  void aThreadIsFound() {
    opening = () -> new ThreadTeam(2);
    assertThat(failures(Untidy.class))
        .singleElement()
        .asString()
        .contains("left 1 open")
        .contains("thread 'deit4j-team-1'");
  }

  @Test
  void anOpenFileIsFound() {
    opening = () -> FileChannel.open(file);
    assertThat(failures(Untidy.class))
        .singleElement()
        .asString()
        .contains("left 1 open")
        .contains("file " + file + ", open as number ");
  }

  @Test
  void aMappedFileIsFound() {
    opening = this::map;
    assertThat(failures(Untidy.class))
        .singleElement()
        .asString()
        .contains("left 1 open")
        .contains("file " + file + ", mapped");
  }

  @Test
  void whatIsClosedAfterAllIsNoLeak() {
    closes = true;
    for (Callable<AutoCloseable> each :
        List.<Callable<AutoCloseable>>of(
            LeakCheckTest::openArena,
            () -> new ThreadTeam(2),
            () -> FileChannel.open(file),
            this::map)) {
      opening = each;
      assertThat(failures(Untidy.class)).isEmpty();
    }
  }

  @Test
  void whoLeaksOnPurposeMay() {
    opening = LeakCheckTest::openArena;
    assertThat(failures(UntidyOnPurpose.class)).isEmpty();
  }

  private static List<Throwable> failures(Class<?> tests) {
    var failures = new ArrayList<Throwable>();
    var request = LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests));
    if (!closes) {
      request.configurationParameter(LeakCheck.WAIT_MILLIS, "0");
    }
    LauncherFactory.create()
        .execute(
            request.build(),
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier what, TestExecutionResult result) {
                result.getThrowable().ifPresent(failures::add);
              }
            });
    return failures;
  }

  static class Untidy {
    @Test
    void opens() throws Exception {
      opened = opening.call();
    }

    @AfterAll
    static void closeOrForget() throws Exception {
      if (closes) {
        opened.close();
        opened = null;
      }
    }
  }

  @Tag(LeakCheck.LEAKS_ON_PURPOSE)
  static class UntidyOnPurpose extends Untidy {}
}
