package io.github.deit4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  @Test
  void helpListsEveryCommandAndExitCode() {
    Cli help = Cli.run("--help");
    assertThat(help.code()).isZero();
    assertThat(help.out())
        .contains("quickstart", "train", "evaluate", "predict", "inspect", "doctor")
        .containsSubsequence("Exit codes:", "0", "2", "65", "69", "70", "73", "75", "130");
    assertThat(help.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart", "train", "evaluate", "predict", "inspect", "doctor"})
  void everyCommandHasHelpAndVersion(String command) {
    Cli help = Cli.run(command, "--help");
    assertThat(help.code()).isZero();
    assertThat(help.out()).startsWith("Usage: deit " + command);
    Cli version = Cli.run(command, "--version");
    assertThat(version.code()).isZero();
    assertThat(version.out()).matches("(?s)deit4j [0-9].*").contains("" + Runtime.version());
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart", "train", "evaluate", "predict", "inspect", "doctor"})
  void anUnknownOptionIsAUsageError(String command) {
    Cli wrong = Cli.run(command, "--jsn");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err()).startsWith("deit: ").contains("try: deit " + command + " --help");
  }

  @Test
  void noCommandIsAUsageError() {
    Cli nothing = Cli.run();
    assertThat(nothing.code()).isEqualTo(2);
    assertThat(nothing.err()).contains("expected a command, found none", "try: deit --help");
  }

  @Test
  void aMisspelledCommandGetsASuggestion() {
    Cli wrong = Cli.run("evaluat");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).contains("'evaluat'", "Did you mean", "evaluate");
  }

  @Test
  void outputThatIsLostIsAnError() {
    StringWriter err = new StringWriter();
    PrintWriter full =
        new PrintWriter(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("No space left on device");
              }
            },
            false,
            UTF_8);
    int code = Main.run(new String[] {"doctor"}, full, new PrintWriter(err));
    assertThat(code).isEqualTo(73);
    assertThat(err.toString()).contains("cannot write standard output");
  }
}
