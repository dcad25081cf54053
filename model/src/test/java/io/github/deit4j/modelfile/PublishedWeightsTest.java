package io.github.deit4j.modelfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.weights.FormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedWeightsTest {
  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({
    "deit_tiny_patch16_224, deit_tiny_patch16_224-a1311bcf.pth",
    "deit_base_distilled_patch16_384, deit_base_distilled_patch16_384-d0272ac0.pth",
    "regnety_160, regnety_160-a5fe301d.pth",
    "deit3_huge_patch14_224, deit_3_huge_224_1k.pth",
    "timm/deit_tiny_patch16_224, deit_tiny_patch16_224.fb_in1k.safetensors",
    "timm/deit_tiny_patch16_224.fb_in1k, deit_tiny_patch16_224.fb_in1k.safetensors",
    "timm/deit_tiny_distilled_patch16_224, deit_tiny_distilled_patch16_224-b40b3cf7.pth",
    "timm/deit_tiny_distilled_patch16_224.fb_in1k, deit_tiny_distilled_patch16_224-b40b3cf7.pth",
    "timm/regnety_160.deit_in1k, regnety_160-a5fe301d.pth",
    "timm/deit3_small_patch16_224.fb_in1k, deit_3_small_224_1k.pth",
  })
  void hasNamesOfTheAuthorsAndOfTimm(String name, String file) {
    assertThat(PublishedWeights.named(name).orElseThrow().file()).isEqualTo(file);
    assertThat(PublishedWeights.meant(Path.of(name)).orElseThrow().file()).isEqualTo(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "deit", "timm/", "timm/vit_tiny", "deit_tiny_patch16_224.fb_in1k"})
  void othersAreNoNames(String name) {
    assertThat(PublishedWeights.named(name)).isEmpty();
  }

  @Test
  void whatIsThereIsNoName() throws Exception {
    Path file = Files.createFile(dir.resolve("deit_tiny_patch16_224"));
    assertThat(PublishedWeights.meant(file)).isEmpty();
  }

  @Test
  void everyFileHasItsPlaceSizeAndDigest() {
    Set<String> files = new HashSet<>();
    for (PublishedWeights weights : PublishedWeights.all()) {
      assertThat(weights.address()).startsWith("https://").doesNotContain(" ");
      assertThat(weights.sha256()).as(weights.name()).matches("|[0-9a-f]{8}|[0-9a-f]{64}");
      assertThat(files.add(weights.file())).as("no other file %s", weights.file()).isTrue();
      String model = weights.name().replace("timm/", "");
      long parameters = 4 * ModelFamilies.config(model).parameterCount();
      assertThat(weights.bytes())
          .as("the parameters of %s, and little else", weights.name())
          .isBetween(parameters, parameters + 60_000);
      if (weights.file().matches(".*-[0-9a-f]{8}[.]pth")) {
        assertThat(weights.sha256()).startsWith(weights.file().replaceAll(".*-|[.]pth", ""));
      }
      assertThat(weights.isVerifiable()).isEqualTo(!weights.name().contains("deit3"));
    }
    assertThat(files).hasSize(22);
  }

  @Test
  void theCacheIsWhereOtherProgramsHaveTheirs() {
    assertThat(PublishedWeights.cacheFolder(Map.of("HOME", "/h")))
        .isEqualTo(Path.of("/h/.cache/deit4j/weights"));
    assertThat(PublishedWeights.cacheFolder(Map.of("HOME", "/h", "XDG_CACHE_HOME", "/x")))
        .isEqualTo(Path.of("/x/deit4j/weights"));
    assertThat(PublishedWeights.cacheFolder(Map.of("HOME", "/h", "XDG_CACHE_HOME", "relative")))
        .isEqualTo(Path.of("/h/.cache/deit4j/weights"));
  }

  @Test
  void aFileInTheCacheHasToBeTheOne() throws Exception {
    Map<String, String> home = Map.of("HOME", dir.toString());
    // The SHA-256 of "abc".
    var abc =
        new PublishedWeights("abc", "abc.pth", "https://localhost/abc.pth", "ba7816bf", 3, true);
    assertThatThrownBy(() -> abc.cached(home))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll(
            "abc: expected these weights in the cache",
            "add --download to fetch https://localhost/abc.pth",
            "SHA-256 ba7816bf…",
            "curl --fail --location --create-dirs --output '" + abc.path(home) + "' https:");
    Files.createDirectories(abc.path(home).getParent());
    Files.writeString(abc.path(home), "abd");
    assertThatThrownBy(() -> abc.cached(home))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll(
            abc.path(home).toString(), "SHA-256 ba7816bf…", "found SHA-256 a52d", "delete it");
    Files.writeString(abc.path(home), "abc");
    assertThat(abc.cached(home)).isEqualTo(abc.path(home));
  }

  @Test
  void weightsWithoutAChecksumAreNeverTakenByName() {
    PublishedWeights weights = PublishedWeights.named("deit3_small_patch16_224").orElseThrow();
    assertThatThrownBy(() -> weights.cached(Map.of("HOME", dir.toString())))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll(
            "no checksum",
            "https://dl.fbaipublicfiles.com/deit/deit_3_small_224_1k.pth",
            "88.2 MB");
  }
}
