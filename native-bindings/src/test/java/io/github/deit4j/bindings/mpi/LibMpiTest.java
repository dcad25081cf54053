package io.github.deit4j.bindings.mpi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.LoadReport;
import io.github.deit4j.bindings.MpiAbi;
import io.github.deit4j.bindings.MpiFamily;
import io.github.deit4j.bindings.NativeLibraries;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Symbols are looked up at first use only. Runtime's tests call them, between processes. */
class LibMpiTest {
  private static final Path INCLUDES = Path.of("src/main/jextract/mpi/includes.txt");
  private static final LoadReport LOADED = NativeLibraries.mpi(MpiFamily.ANY);

  static List<String> functions() throws IOException {
    String option = "--include-function ";
    return Files.readAllLines(INCLUDES).stream()
        .filter(line -> line.startsWith(option))
        .map(line -> line.substring(option.length()).strip())
        .toList();
  }

  @BeforeAll
  static void load() {
    assumeTrue(LOADED.place().isPresent(), LOADED::toString);
  }

  @ParameterizedTest
  @MethodSource("functions")
  void functionIsInTheLibrary(String name) throws ReflectiveOperationException {
    var address = (MemorySegment) LibMpi.class.getMethod(name + "$address").invoke(null);

    assertThat(address.address()).isNotZero();
    assertThat(LibMpi.class.getMethod(name + "$handle").invoke(null)).isNotNull();
  }

  @Test
  void tellsItsNameBeforeItIsInitialised() {
    assertThat(MpiAbi.libraryVersion())
        .matches("(Open MPI v|MPICH Version |Intel\\(R\\) MPI ).*\\d.*");
  }

  @Test
  void constantsAreThoseOfTheLibrary() {
    MpiAbi abi = MpiAbi.loaded(LOADED);

    assertThat(abi.world().address()).isNotZero();
    assertThat(abi.bytes().address()).isNotZero().isNotEqualTo(abi.world().address());
  }
}
