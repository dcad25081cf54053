package io.github.deit4j;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is compared of a release with the one before: packages exported to everybody. */
class PublishedApiTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final List<String> MODULES = List.of("native-bindings", "runtime", "model");

  @Test
  void packagesLeftOutOfTheComparisonAreThoseThatAreNotExported() throws IOException {
    Set<String> leftOut =
        all("<exclude>(io\\.github\\.deit4j\\.[\\w.]+)</exclude>", ROOT.resolve("pom.xml"));
    Set<String> exported = new TreeSet<>();
    Set<String> hidden = new TreeSet<>();
    for (String module : MODULES) {
      Path sources = ROOT.resolve(module).resolve("src/main/java");
      exported.addAll(all("exports ([\\w.]+);", sources.resolve("module-info.java")));
      hidden.addAll(packages(sources));
    }
    hidden.removeAll(exported);
    assertThat(exported).noneMatch(each -> covers(leftOut, each));
    assertThat(hidden).allMatch(each -> covers(leftOut, each));
  }

  private static boolean covers(Set<String> packages, String name) {
    return packages.stream().anyMatch(each -> name.equals(each) || name.startsWith(each + "."));
  }

  private static Set<String> all(String pattern, Path file) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(file))
        .results()
        .map((MatchResult found) -> found.group(1))
        .collect(toCollection(TreeSet::new));
  }

  private static Set<String> packages(Path sources) throws IOException {
    try (Stream<Path> files = Files.walk(sources)) {
      return files
          .filter(file -> file.endsWith("package-info.java"))
          .map(file -> sources.relativize(file.getParent()).toString().replace('/', '.'))
          .collect(toCollection(TreeSet::new));
    }
  }
}
