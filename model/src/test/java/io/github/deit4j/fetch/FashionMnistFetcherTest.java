package io.github.deit4j.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.fetch.FashionMnistFetcher.FileSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FashionMnistFetcherTest {
  private static final String SHA256_OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  private static final FileSource GOOD = new FakeSource("good", "abc");
  private static final FileSource WRONG = new FakeSource("wrong", "abd");
  private static final FileSource ABSENT = new FakeSource("absent", null);

  @TempDir Path dir;
  private final List<String> said = new ArrayList<>();

  @Test
  void takesTheFirstSourceThatGivesTheRightFiles() throws Exception {
    fetch(ABSENT, WRONG, GOOD);
    assertThat(cache().resolve("x.gz")).hasContent("abc");
    assertThat(cache().resolve("y.gz")).hasContent("abc");
    assertThat(String.join("\n", said))
        .contains("absent", "not here", "wrong", "expected SHA-256", "good", cache().toString());
  }

  @Test
  void leavesACompleteFolderAlone() throws Exception {
    fetch(GOOD);
    fetch(ABSENT);
    assertThat(cache().resolve("x.gz")).hasContent("abc");
  }

  @Test
  void replacesADamagedFile() throws Exception {
    Files.createDirectories(cache());
    Files.writeString(cache().resolve("x.gz"), "ab");
    fetch(GOOD);
    assertThat(cache().resolve("x.gz")).hasContent("abc");
  }

  @Test
  void tellsWhatWasTriedAndPutsNothing() {
    assertThatThrownBy(() -> fetch(ABSENT, WRONG))
        .isInstanceOf(FetchException.class)
        .hasMessageContainingAll(
            "absent: not here", "wrong: x.gz", "x.gz, y.gz", cache().toString(), "--data");
    assertThat(cache()).isEmptyDirectory();
  }

  @Test
  void aMissingProgramIsAFailureOfTheSource() {
    assertThatThrownBy(
            () ->
                new FashionMnistFetcher.DebianPackageSource("no such package", "nowhere")
                    .fetch(List.of("x.gz"), dir.resolve("missing"), said::add))
        .isInstanceOf(FetchException.class)
        .hasMessageContaining("can't be started");
  }

  private Path cache() {
    return dir.resolve("cache");
  }

  private void fetch(FileSource... sources) throws IOException, InterruptedException {
    SequencedMap<String, List<String>> pins = new LinkedHashMap<>();
    pins.put("x.gz", List.of(SHA256_OF_ABC));
    pins.put("y.gz", List.of("another", SHA256_OF_ABC));
    new FashionMnistFetcher(pins, List.of(sources)).fetchInto(cache(), said::add);
  }

  private record FakeSource(String description, String content) implements FileSource {
    @Override
    public void fetch(Collection<String> names, Path folder, Consumer<String> say)
        throws IOException {
      if (content == null) {
        throw new FetchException("not here");
      }
      for (String name : names) {
        Files.write(folder.resolve(name), content.getBytes(UTF_8));
      }
    }
  }
}
