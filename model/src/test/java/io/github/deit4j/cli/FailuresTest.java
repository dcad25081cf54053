package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.deit4j.data.BadImageLog.TooManyBadImagesException;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.tensor.ArenaLimitException;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FailuresTest {
  private final StringWriter err = new StringWriter();

  @Command(name = "thing")
  private static final class Thing {}

  static Stream<Arguments> failures() {
    Path file = Path.of("file");
    return Stream.of(
        arguments(2, new UsageException("--a without --b")),
        arguments(2, catchThrowable(() -> Recipe.load("no such recipe", List.of()))),
        arguments(65, new FormatException(file, "broken")),
        arguments(65, new JsonException("broken")),
        arguments(65, new DatasetException("broken")),
        arguments(65, new TooManyBadImagesException(1, List.of("a", "b"))),
        arguments(65, new CorruptImageException("a.png", "broken")),
        arguments(65, new ShapeException("does not fit")),
        arguments(65, new NoSuchFileException("file")),
        arguments(65, new AccessDeniedException("file")),
        arguments(69, new DeviceException("no such device")),
        arguments(69, new ArenaLimitException("too much")),
        arguments(69, new OutOfMemoryError("too much")),
        arguments(73, new CannotWriteException(file, new IOException("disk full"))),
        arguments(130, new InterruptedException()),
        arguments(70, new IllegalStateException("never to happen")),
        arguments(70, new NullPointerException()));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void everyFailureHasItsExitCodeAndMessage(int code, Throwable failure) {
    assertThat(report(failure, Map.of())).isEqualTo(code);
    assertThat(err.toString()).startsWith("deit: ").doesNotContain("\tat ");
    if (failure.getMessage() != null) {
      assertThat(err.toString()).contains(failure.getMessage());
    }
  }

  @Test
  void aReadFailureInAStreamIsSeenThrough() {
    NoSuchFileException cause = new NoSuchFileException("file");
    assertThat(report(new UncheckedIOException(cause), Map.of())).isEqualTo(65);
    assertThat(err.toString()).contains("file: expected a file, found none");
  }

  @Test
  void whatFailsForWantOfMemoryIsTheWant() {
    OutOfMemoryError cause = new OutOfMemoryError("Java heap space");
    assertThat(report(new BootstrapMethodError("no call site", cause), Map.of())).isEqualTo(69);
    assertThat(err.toString()).contains("out of memory: Java heap space").doesNotContain("defect");
  }

  @Test
  void aDefectNamesItsClassAndHowToSeeMore() {
    report(new IllegalStateException("oh"), Map.of());
    assertThat(err.toString()).contains("java.lang.IllegalStateException: oh", "DEIT4J_TRACE=1");
  }

  @Test
  void theStackTraceIsShownWhenAskedFor() {
    report(new IllegalStateException("oh"), Map.of("DEIT4J_TRACE", "1"));
    assertThat(err.toString()).contains("\tat " + FailuresTest.class.getName());
  }

  @Test
  void aUsageErrorTellsWhereHelpIs() {
    report(new UsageException("--a without --b"), Map.of());
    assertThat(err.toString()).contains("try: thing --help");
  }

  private int report(Throwable failure, Map<String, String> environment) {
    PrintWriter writer = new PrintWriter(err, true);
    Terminal terminal = new Terminal(writer, writer, false, environment);
    return new Failures(terminal, Ranks.alone()).report(failure, new CommandLine(new Thing()));
  }
}
