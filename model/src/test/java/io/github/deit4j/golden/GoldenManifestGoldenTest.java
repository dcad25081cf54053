package io.github.deit4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The golden files are those that the manifest lists. */
class GoldenManifestGoldenTest {
  @TestFactory
  Stream<DynamicTest> everyListedFileIsThereUnchanged() throws IOException {
    return Golden.entries().stream()
        .map(entry -> DynamicTest.dynamicTest(entry.file(), () -> assertUnchanged(entry)));
  }

  private static void assertUnchanged(Golden.Entry entry) throws Exception {
    byte[] bytes = Files.readAllBytes(Golden.unopened(entry.file()));
    assertThat(bytes).hasSize(entry.json().get("bytes").asInt());
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
    assertThat(HexFormat.of().formatHex(digest)).isEqualTo(entry.json().get("sha256").asString());
  }
}
