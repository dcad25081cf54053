package io.github.deit4j.cli;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a command line gave when run in this JVM.
 *
 * @param code the exit code
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
public record Cli(int code, String out, String err) {
  /** Runs a command line; arguments may be of any type. */
  public static Cli run(Object... args) {
    return runIn(System.getenv(), args);
  }

  /** Runs a command line with other environment variables. */
  static Cli runIn(Map<String, String> environment, Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Terminal terminal =
        new Terminal(new PrintWriter(out), new PrintWriter(err), false, environment);
    int code = Main.run(Stream.of(args).map(Object::toString).toArray(String[]::new), terminal);
    return new Cli(code, out.toString(), err.toString());
  }

  JsonValue json() throws JsonException {
    return Json.read("standard output", out);
  }
}
