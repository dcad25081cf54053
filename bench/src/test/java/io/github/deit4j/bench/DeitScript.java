package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A command that is {@code deit}, with the classes of the test that runs. */
final class DeitScript {
  private DeitScript() {}

  /** Writes it, with options of the JVM. */
  static Path write(Path folder, String... options) throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> words = new ArrayList<>(List.of("exec", quoted(java.toString()), "-Xmx512m"));
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "--add-modules", "jdk.incubator.vector"));
    words.add("--enable-native-access=ALL-UNNAMED");
    for (String option : options) {
      words.add(quoted(option));
    }
    words.addAll(List.of("-cp", quoted(System.getProperty("java.class.path"))));
    words.addAll(List.of("io.github.deit4j.cli.Main", "\"$@\""));
    Path script = folder.resolve("deit");
    Files.writeString(script, "#!/bin/sh\n" + String.join(" ", words) + "\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }

  private static String quoted(String word) {
    return "'" + word + "'";
  }
}
