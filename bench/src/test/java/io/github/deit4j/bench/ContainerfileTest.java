package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What {@code docs/Containerfile} keeps to; the release builds and runs it, and .ci/lint reads it.
 */
class ContainerfileTest {
  private static final Path FILE = Path.of("..", "docs", "Containerfile");
  private static final Pattern MODULES = Pattern.compile("java\\.desktop,[a-z.,]+");

  /** Each instruction on one line, without comments. */
  private static List<String> instructions() throws IOException {
    return Files.readString(FILE)
        .replaceAll("(?m)^#.*\n", "")
        .replaceAll("\\\\\n\\s*", "")
        .lines()
        .filter(line -> !line.isBlank())
        .toList();
  }

  private static List<String> of(String name) throws IOException {
    return instructions().stream()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> line.substring(name.length() + 1))
        .toList();
  }

  @Test
  void basesAreOfOneVersion() throws IOException {
    assertThat(of("FROM"))
        .hasSize(2)
        .allMatch(
            base -> base.matches("docker\\.io/library/[a-z-]+:[0-9]+\\.[0-9][\\w.-]*( AS \\w+)?"));
  }

  @Test
  void nothingIsFetchedButTheBases() throws IOException {
    assertThat(of("ADD")).containsExactly("${ARCHIVE}.tar.gz /");
    assertThat(of("RUN").toString()).doesNotContain("curl", "wget", "apt-get", "://");
  }

  @Test
  void whoRunsItHasNoRights() throws IOException {
    List<String> all = instructions();
    int user = all.indexOf("USER 10001:10001");
    assertThat(user).isPositive();
    assertThat(all.subList(user, all.size())).noneMatch(line -> line.matches("(RUN|ADD|COPY) .*"));
    assertThat(of("ENTRYPOINT")).containsExactly("[\"deit\"]");
  }

  @Test
  void itsJavaHasTheModulesOfTheArchive() throws IOException {
    Matcher archive = MODULES.matcher(Files.readString(Path.of("pom.xml")));
    assertThat(archive.find()).isTrue();
    assertThat(of("RUN").getFirst()).contains("--add-modules " + archive.group() + " ");
  }
}
