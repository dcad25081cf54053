package io.github.deit4j.cli;

import io.github.deit4j.inference.Head;
import io.github.deit4j.train.Evaluator.Score;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * What a command talks to.
 *
 * @param out results
 * @param err messages and progress
 * @param interactive whether somebody watches {@code err}
 * @param environment the environment variables
 */
record Terminal(
    PrintWriter out, PrintWriter err, boolean interactive, Map<String, String> environment) {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  /** Returns one that nobody hears. */
  Terminal silent() {
    return new Terminal(
        new PrintWriter(Writer.nullWriter()),
        new PrintWriter(Writer.nullWriter()),
        false,
        environment);
  }

  /** Writes a message for people. */
  void say(String message) {
    err.println("deit: " + message);
  }

  /** Prints a table of scores. */
  void print(Map<Head, Score> scores) {
    out.printf("%-14s%9s%10s%10s%n", "head", "top-1", "top-5", "loss");
    scores.forEach(
        (head, score) ->
            out.printf(
                Locale.ROOT,
                "%-14s%7.2f %%%8.2f %%%10.4f%n",
                head.id(),
                100 * score.top1(),
                100 * score.top5(),
                score.loss()));
  }

  /** Returns whether the process's standard error is a terminal. */
  static boolean isStandardErrorInteractive() {
    if (Files.isSymbolicLink(STANDARD_ERROR)) {
      try {
        String device = Files.readSymbolicLink(STANDARD_ERROR).toString();
        return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
      } catch (IOException e) {
        return false;
      }
    }
    // Java tells this of standard input and output only.
    var console = System.console();
    return console != null && console.isTerminal();
  }
}
