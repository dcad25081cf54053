package io.github.deit4j.cli;

import io.github.deit4j.http.HttpServer;
import io.github.deit4j.json.JsonWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the program's own commands have in common. {@link Main} gives them their terminal. */
abstract class Subcommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  Terminal terminal;
  Ranks ranks = Ranks.alone();

  /** Returns the command line as typed. */
  List<String> commandLine() {
    return spec.commandLine().getParseResult().originalArgs();
  }

  static void requireAtLeast(String option, int least, int found) {
    if (found < least) {
      throw new UsageException(option + ": expected " + least + " or more, found " + found);
    }
  }

  static void requirePort(String option, int port) {
    try {
      HttpServer.Setup.requirePort(option, port);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
  }

  /** One that prints JSON if asked to. */
  abstract static class WithJson extends Subcommand {
    @Option(names = "--json", description = "Print one JSON document.")
    boolean json;

    /** Prints the one document on standard output, or what people read instead. */
    void print(Map<String, Object> document, Runnable forPeople) {
      if (json) {
        terminal.out().print(JsonWriter.pretty(document));
        terminal.out().flush();
      } else {
        forPeople.run();
      }
    }
  }

  /** One that computes, and prints JSON if asked to. */
  abstract static class OnDevice extends WithJson {
    @Mixin Options.Device device;
  }
}
