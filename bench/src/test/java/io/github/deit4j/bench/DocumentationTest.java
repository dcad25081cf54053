package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.cli.ChildJvm;
import io.github.deit4j.cli.TinyFashionMnist;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The pages in {@code docs}: every command of theirs is run as a reader would by {@code docs/run},
 * here those of two pages, those of the others by {@code .ci/docs} and {@code .ci/example}.
 */
@DisabledOnOs(OS.WINDOWS) // has no bash
class DocumentationTest {
  private static final Path DOCS = Path.of("..", "docs").toAbsolutePath().normalize();
  private static final Path RUN = DOCS.resolve("run");
  private static final long LONGEST_MINUTES = 10;
  private static final Pattern SNIPPET =
      Pattern.compile("^```(java|xml)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

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

  /** On a few images, which lie where the quickstart looks; .ci/release runs it on all of them. */
  @Test
  void startFromTheQuickstartToOtherFormats() throws Exception {
    TinyFashionMnist.write(folder.resolve(".cache/deit4j/fashion-mnist"), 28, 200, 40);

    String output = run("start.md");

    assertThat(output)
        .contains("jpeg decoder", "training the teacher", "distilling the student")
        .containsSubsequence("top-1", "class", "distillation", "mean", "joint")
        .contains("docs/img/boot.png", "deit: wrote student.onnx", "deit: wrote student\n");
    assertThat(folder.resolve("page/student.onnx")).isNotEmptyFile();
    assertThat(folder.resolve("page/runs/quickstart/report.html")).isNotEmptyFile();
  }

  /** What is not run is in this list, and every page has been looked through. */
  @Test
  void littleIsNotRun() throws Exception {
    Process process =
        new ProcessBuilder(RUN.toString(), "--list").redirectErrorStream(true).start();
    List<String> lines = process.inputReader().lines().toList();
    assertThat(process.waitFor()).as("%s", lines).isZero();
    assertThat(lines.stream().filter(line -> line.contains(": not run, ")).map(this::reasonAndWord))
        .containsExactly(
            "many-machines.md: not run, there is no Slurm: #!/bin/bash",
            "many-machines.md: not run, there is no Slurm: #SBATCH",
            "many-machines.md: not run, there is no Slurm: module",
            "many-machines.md: not run, there is no Slurm: srun",
            "many-machines.md: not run, there is no GPU: mpirun");
    assertThat(lines.stream().filter(line -> line.contains(" lines of ")))
        .satisfiesExactly(
            line ->
                assertThat(line).contains("embed.md: 4 lines of 2 blocks", ", 0 repl", ", 0 bl"),
            line -> assertThat(line).contains("imagenet.md: 9 lines of 4 blocks", ", 0 blocks"),
            line -> assertThat(line).contains("many-machines.md: 4 lines of 3", ", 2 blocks"),
            line -> assertThat(line).contains("own-images.md: ", ", 0 replacements", ", 0 blocks"),
            line -> assertThat(line).contains("start.md: 8 lines of 6", ", 0 repl", ", 0 blocks"));
  }

  private String reasonAndWord(String line) {
    return line.replaceFirst("^docs/run: ([^:]*: [^:]*: \\S+).*", "$1");
  }

  @ParameterizedTest
  @CsvSource({
    "'<!-- gone => here, a reason -->', nothing to replace: gone",
    "'<!-- not run, a reason -->\n\nText.', expected a block of commands",
    "'<!-- a remark -->', 'expected first, THIS => THAT or not run'"
  })
  void aCommentThatSaysNothingToATestIsAnError(String comment, String message) throws Exception {
    Path docs = Files.createDirectories(folder.resolve("docs"));
    Files.copy(RUN, docs.resolve("run"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(
        docs.resolve("page.md"), comment.replace("\\n", "\n") + "\n\n```sh\ntrue\n```\n");
    Process process =
        new ProcessBuilder(docs.resolve("run").toString(), "--list")
            .redirectErrorStream(true)
            .start();
    assertThat(process.inputReader().lines().toList().toString()).contains(message);
    assertThat(process.waitFor()).isNotZero();
  }

  /** The program is built and run by .ci/example, as a stranger's. */
  @Test
  void thePageOnEmbeddingShowsTheExample() throws IOException {
    String page = Files.readString(DOCS.resolve("embed.md"));
    Path example = DOCS.resolve("example");
    Map<String, Path> sources =
        Map.of("xml", example.resolve("pom.xml"), "java", example.resolve("src/main/java"));
    List<MatchResult> snippets = SNIPPET.matcher(page).results().toList();
    assertThat(snippets).hasSize(5);
    for (MatchResult snippet : snippets) {
      String code = "\n" + snippet.group(2);
      try (Stream<Path> files = Files.walk(sources.get(snippet.group(1)))) {
        assertThat(files.filter(Files::isRegularFile))
            .as("a file of docs/example that has these lines: %s", code)
            .anySatisfy(file -> assertThat(shifted(Files.readString(file), code)).contains(code));
      }
    }
  }

  /** Returns a text moved to the left as far as the first line of the snippet stands in it. */
  private static String shifted(String text, String snippet) {
    String first = snippet.lines().skip(1).findFirst().orElseThrow();
    int column =
        text.lines()
            .filter(line -> line.strip().equals(first))
            .findFirst()
            .orElse("")
            .indexOf(first);
    return "\n" + text.replaceAll("(?m)^ {0," + Math.max(0, column) + "}", "");
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
    builder.environment().put("HOME", folder.toString());
    builder.environment().keySet().removeAll(List.of("XDG_CACHE_HOME", "DEIT4J_DATA"));
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
