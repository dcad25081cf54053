package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pages in {@code docs}: every command of theirs, run as a reader would by {@code docs/run}.
 */
@DisabledOnOs(OS.WINDOWS) // has no bash
class DocumentationTest {
  private static final Path RUN = Path.of("..", "docs", "run").toAbsolutePath().normalize();
  private static final long LONGEST_MINUTES = 10;

  @TempDir Path folder;

  @Test
  void ownImagesFromAFolderToAServer() throws Exception {
    assumeTrue(isInstalled("curl"), "no curl on this machine");

    String output = run("own-images.md");

    assertThat(output)
        .contains("240 images")
        .contains("deit: model.safetensors holds the")
        .contains("{\"ready\":true}")
        .containsPattern("\"predictions\":\\[\\{\"class\":\"star\"")
        .contains("exit code 65")
        .contains("torn.jpg");
    assertThat(Files.readAllLines(folder.resolve("page/new.csv"))).hasSize(3);
    assertThat(folder.resolve("page/shapes.html")).isNotEmptyFile();
  }

  /** Returns what a page's commands have written. */
  private String run(String page) throws IOException, InterruptedException {
    Path deit = folder.resolve("deit");
    String java =
        ChildJvm.command(List.of(), List.of()).stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    Files.writeString(deit, "#!/bin/sh\nexec " + java + " \"$@\"\n");
    assertThat(deit.toFile().setExecutable(true)).isTrue();
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(RUN.toString(), page, folder.resolve("page").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("DEIT", deit.toString());
    builder.environment().put("PORT", Integer.toString(freePort()));
    builder.environment().merge("PATH", jdk(), (path, jdk) -> jdk + ":" + path);
    Process process = builder.start();
    try {
      boolean ended = process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES);
      assertThat(ended).as("ended in time: %s", Files.readString(log)).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as("%s", Files.readString(log)).isZero();
    return Files.readString(log);
  }

  private static String jdk() {
    return Path.of(System.getProperty("java.home"), "bin").toString();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean isInstalled(String tool) {
    return List.of(System.getenv("PATH").split(":")).stream()
        .anyMatch(entry -> Files.isExecutable(Path.of(entry, tool)));
  }
}
