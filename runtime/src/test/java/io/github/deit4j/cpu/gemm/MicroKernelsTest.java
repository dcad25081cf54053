package io.github.deit4j.cpu.gemm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class MicroKernelsTest {
  private static final Path SOURCES = Path.of("src/main/java/io/github/deit4j/cpu/gemm");

  @ParameterizedTest
  @FieldSource("io.github.deit4j.cpu.gemm.MicroKernelGenerator#TILES")
  void filesAreWhatTheGeneratorWrites(MicroKernelGenerator.Tile tile) throws Exception {
    assertThat(Files.readString(SOURCES.resolve(tile.type() + ".java")))
        .as(
            "stale: run java runtime/src/test/java/io/github/deit4j/cpu/gemm/"
                + "MicroKernelGenerator.java in the root folder")
        .isEqualTo(MicroKernelGenerator.source(tile));
  }
}
