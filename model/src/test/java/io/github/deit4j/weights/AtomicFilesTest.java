package io.github.deit4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
  @TempDir Path folder;

  @Test
  void createsAndReplacesFiles() throws IOException {
    Path target = folder.resolve("latest");
    AtomicFiles.writeString(target, "step 1 ä");
    assertThat(target).hasContent("step 1 ä");
    AtomicFiles.writeString(target, "step 2");
    assertThat(target).hasContent("step 2");
    assertThatFolderHoldsOnly(target);
  }

  @Test
  void aFullDiskLeavesTheOldContentAndNoTemporaryFile() throws IOException {
    Path target = folder.resolve("model.safetensors");
    AtomicFiles.writeString(target, "old");
    assertThatThrownBy(
            () ->
                AtomicFiles.write(
                    target,
                    channel -> {
                      channel.write(ByteBuffer.wrap("half of the new cont".getBytes(UTF_8)));
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(CannotWriteException.class)
        .hasMessageContaining("cannot write " + target)
        .hasMessageContaining("No space left on device")
        .hasMessageContaining("free space");
    assertThat(target).hasContent("old");
    assertThatFolderHoldsOnly(target);
  }

  @Test
  void aFailingActionLeavesTheOldContentAndNoTemporaryFile() throws IOException {
    Path target = folder.resolve("state.json");
    AtomicFiles.writeString(target, "old");
    var failure = new IllegalStateException("arena closed");
    assertThatThrownBy(
            () ->
                AtomicFiles.write(
                    target,
                    channel -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThat(target).hasContent("old");
    assertThatFolderHoldsOnly(target);
  }

  @Test
  void theTargetAppearsOnlyWhenItsContentIsComplete() throws IOException {
    Path target = folder.resolve("results.json");
    AtomicFiles.write(
        target,
        channel -> {
          AtomicFiles.writeFully(channel, ByteBuffer.wrap(new byte[] {'o', 'k'}));
          assertThat(target).doesNotExist();
        });
    assertThat(target).hasContent("ok");
  }

  @Test
  void twoWritersOfOneTargetDoNotMix() throws IOException {
    Path target = folder.resolve("latest");
    AtomicFiles.write(
        target,
        channel -> {
          channel.write(ByteBuffer.wrap("out".getBytes(UTF_8)));
          AtomicFiles.writeString(target, "inner");
          channel.write(ByteBuffer.wrap("er".getBytes(UTF_8)));
        });
    assertThat(target).hasContent("outer");
    assertThatFolderHoldsOnly(target);
  }

  @Test
  void namesTheTargetWhenItsFolderIsMissing() {
    Path target = folder.resolve("missing").resolve("a.json");
    assertThatThrownBy(() -> AtomicFiles.writeString(target, ""))
        .isInstanceOf(CannotWriteException.class)
        .hasMessageContaining("cannot write " + target + ": its folder does not exist");
  }

  @Test
  void namesTheTargetWhenItsFolderIsAFile() throws IOException {
    Path target = Files.createFile(folder.resolve("file")).resolve("a.json");
    assertThatThrownBy(() -> AtomicFiles.writeString(target, ""))
        .isInstanceOf(CannotWriteException.class)
        .hasMessageContaining("cannot write " + target);
  }

  @Test
  void refusesToReplaceAFolder() throws IOException {
    Path target = Files.createDirectory(folder.resolve("checkpoints"));
    assertThatThrownBy(() -> AtomicFiles.writeString(target, ""))
        .isInstanceOf(CannotWriteException.class)
        .hasMessageContaining("not a regular file");
    assertThat(target).isDirectory();
    assertThatFolderHoldsOnly(target);
  }

  private void assertThatFolderHoldsOnly(Path file) throws IOException {
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }
}
