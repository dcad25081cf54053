package io.github.deit4j.cli;

import io.github.deit4j.json.JsonWriter;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option that asks for one JSON document on standard output. */
final class JsonOption {
  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  JsonOption() {}

  boolean isSet() {
    return json;
  }

  /** Prints the document. */
  void print(Terminal terminal, Map<String, Object> document) {
    terminal.out().print(JsonWriter.pretty(document));
    terminal.out().flush();
  }
}
