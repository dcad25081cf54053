package io.github.deit4j.bindings;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.bindings.cublas.cublasLtMatmulAlgo_t;
import io.github.deit4j.bindings.cublas.cublasLtMatmulHeuristicResult_t;
import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.bindings.mpi.LibMpi;
import io.github.deit4j.bindings.nccl.Nccl;
import io.github.deit4j.bindings.nccl.ncclConfig_v21400;
import io.github.deit4j.bindings.nccl.ncclUniqueId;
import io.github.deit4j.bindings.nvrtc.Nvrtc;
import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The committed bindings of CUDA, NCCL and MPI are what the argument files ask for, no less and no
 * more, with the types and values of the headers. {@code header.txt} beside each argument file
 * holds what its header declares, so that neither header, library nor jextract need be here.
 */
class GeneratedBindingsTest {
  private static final Pattern FUNCTION = Pattern.compile("(.+?)(\\w+)\\((.*)\\);");
  private static final Pattern VALUE = Pattern.compile("(\\w+) = (-?\\d+)");
  private static final Pattern HOLDER =
      Pattern.compile(
          "private static class (\\w+) \\{\\s+public static final FunctionDescriptor DESC ="
              + " FunctionDescriptor\\.of\\(([^;]*)\\);");
  private static final Map<String, Class<?>> LAYOUTS =
      Map.of(
          "C_INT", int.class,
          "C_LONG", long.class,
          "C_LONG_LONG", long.class,
          "C_CHAR", byte.class,
          "C_POINTER", MemorySegment.class,
          "layout()", MemorySegment.class);
  private static final Path GENERATED = Path.of("src/main/java/io/github/deit4j/bindings");
  private static final String DESCRIPTOR = "$descriptor";

  /** Types of the headers that are pointers without an asterisk, or structures by value. */
  private static final Set<String> POINTERS =
      Set.of(
          "CUcontext",
          "CUstream",
          "CUevent",
          "CUmodule",
          "CUfunction",
          "CUgraph",
          "CUgraphExec",
          "cudaStream_t",
          "cublasHandle_t",
          "cublasLtHandle_t",
          "cublasLtMatmulDesc_t",
          "cublasLtMatrixLayout_t",
          "cublasLtMatmulPreference_t",
          "nvrtcProgram",
          "ncclComm_t",
          "ncclUniqueId",
          "MPI_Comm",
          "MPI_Datatype",
          "MPI_Errhandler");

  private static final Set<String> LONGS =
      Set.of("size_t", "unsigned long long", "uint64_t", "int64_t", "CUdeviceptr");

  /** The enumerations among them are ints. */
  private static final Set<String> INTS =
      Set.of(
          "int",
          "unsigned int",
          "CUresult",
          "CUdevice",
          "CUdevice_attribute",
          "CUfunction_attribute",
          "CUstreamCaptureMode",
          "cublasStatus_t",
          "cublasOperation_t",
          "cublasComputeType_t",
          "cublasGemmAlgo_t",
          "cublasLtMatmulDescAttributes_t",
          "cublasLtMatmulPreferenceAttributes_t",
          "cudaDataType",
          "cudaDataType_t",
          "nvrtcResult",
          "ncclResult_t",
          "ncclDataType_t");

  static Stream<Arguments> libraries() {
    return Stream.of(
        Arguments.of("cuda", Cuda.class),
        Arguments.of("cublas", Cublas.class),
        Arguments.of("nvrtc", Nvrtc.class),
        Arguments.of("nccl", Nccl.class),
        Arguments.of("mpi", LibMpi.class));
  }

  private static List<String> lines(String library, String file) throws IOException {
    return Files.readAllLines(Path.of("src/main/jextract", library, file));
  }

  private static Set<String> included(String library, String option) throws IOException {
    String start = "--include-" + option + " ";
    return lines(library, "includes.txt").stream()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()))
        .collect(Collectors.toSet());
  }

  private static Map<String, MethodType> functions(String library) throws IOException {
    return lines(library, "header.txt").stream()
        .map(FUNCTION::matcher)
        .filter(Matcher::matches)
        .collect(Collectors.toMap(f -> f.group(2), f -> type(f.group(1), f.group(3))));
  }

  private static MethodType type(String result, String parameters) {
    String[] list = parameters.equals("void") ? new String[0] : parameters.split(",");
    return MethodType.methodType(
        type(result),
        Stream.of(list).map(each -> type(withoutName(each))).toArray(Class<?>[]::new));
  }

  private static String withoutName(String parameter) {
    return parameter.strip().replaceFirst("\\w+(\\[])?$", "$1");
  }

  private static Class<?> type(String c) {
    String type = c.strip();
    if (type.endsWith("*") || type.endsWith("[]") || POINTERS.contains(type)) {
      return MemorySegment.class;
    }
    if (LONGS.contains(type)) {
      return long.class;
    }
    if (type.equals("unsigned char")) {
      return byte.class;
    }
    assertThat(INTS).contains(type);
    return int.class;
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void functionsAreThoseOfTheArgumentFile(String library, Class<?> bindings) throws IOException {
    Set<String> bound =
        Stream.of(bindings.getMethods())
            .map(Method::getName)
            .filter(name -> name.endsWith(DESCRIPTOR))
            .map(name -> name.substring(0, name.length() - DESCRIPTOR.length()))
            .collect(Collectors.toSet());

    assertThat(bound)
        .isNotEmpty()
        .isEqualTo(included(library, "function"))
        .isEqualTo(functions(library).keySet());
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void signaturesAreThoseOfTheHeader(String library, Class<?> bindings) throws IOException {
    for (Map.Entry<String, MethodType> function : functions(library).entrySet()) {
      Method call =
          Stream.of(bindings.getMethods())
              .filter(method -> method.getName().equals(function.getKey()))
              .findFirst()
              .orElseThrow();
      assertThat(MethodType.methodType(call.getReturnType(), call.getParameterTypes()))
          .as(function.getKey())
          .isEqualTo(function.getValue());
    }
    assertThat(descriptors(library, bindings)).isEqualTo(functions(library));
  }

  /** Read from the source: a class that holds one cannot be initialised without the library. */
  private static Map<String, MethodType> descriptors(String library, Class<?> bindings)
      throws IOException {
    Path source = GENERATED.resolve(library).resolve(bindings.getSimpleName() + ".java");
    return HOLDER
        .matcher(Files.readString(source))
        .results()
        .collect(
            Collectors.toMap(
                holder -> holder.group(1),
                holder -> {
                  Class<?>[] layouts =
                      Stream.of(holder.group(2).split(","))
                          .map(layout -> LAYOUTS.get(layout.strip().replaceFirst("^\\w+\\.", "")))
                          .toArray(Class<?>[]::new);
                  return MethodType.methodType(
                      layouts[0], Arrays.copyOfRange(layouts, 1, layouts.length));
                }));
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void constantsAreThoseOfTheArgumentFileAndTheHeader(String library, Class<?> bindings)
      throws Exception {
    Map<String, Integer> expected =
        lines(library, "header.txt").stream()
            .map(VALUE::matcher)
            .filter(Matcher::matches)
            .collect(Collectors.toMap(v -> v.group(1), v -> Integer.valueOf(v.group(2))));
    Set<String> functions = functions(library).keySet();
    Map<String, Object> bound =
        Stream.of(bindings.getDeclaredMethods())
            .filter(method -> Modifier.isPublic(method.getModifiers()))
            .filter(method -> method.getParameterCount() == 0 && !method.getName().contains("$"))
            .filter(method -> !functions.contains(method.getName()))
            .collect(Collectors.toMap(Method::getName, GeneratedBindingsTest::value));

    assertThat(bound).isEqualTo(expected);
    assertThat(bound.keySet()).isEqualTo(included(library, "constant"));
  }

  /** Handles of MPI are pointers that point to nothing. */
  private static Object value(Method constant) {
    try {
      Object value = constant.invoke(null);
      return value instanceof MemorySegment handle ? (Object) (int) handle.address() : value;
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource("structures")
  void structuresAreAsLargeAsInTheHeader(
      String library, String kind, Class<?> structure, MemoryLayout layout) throws IOException {
    String name = structure.getSimpleName();
    assertThat(included(library, kind)).contains(name);
    assertThat(lines(library, "header.txt"))
        .contains("sizeof(%s) = %d".formatted(name, layout.byteSize()));
  }

  static Stream<Arguments> structures() {
    return Stream.of(
        Arguments.of(
            "cublas", "typedef", cublasLtMatmulAlgo_t.class, cublasLtMatmulAlgo_t.layout()),
        Arguments.of(
            "cublas",
            "typedef",
            cublasLtMatmulHeuristicResult_t.class,
            cublasLtMatmulHeuristicResult_t.layout()),
        Arguments.of("nccl", "typedef", ncclUniqueId.class, ncclUniqueId.layout()),
        Arguments.of("nccl", "struct", ncclConfig_v21400.class, ncclConfig_v21400.layout()));
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void filesAreMarkedAsGenerated(String library, Class<?> bindings) throws IOException {
    try (Stream<Path> files = Files.list(GENERATED.resolve(library))) {
      List<Path> generated = files.filter(file -> !file.endsWith("package-info.java")).toList();
      assertThat(generated)
          .extracting(file -> file.getFileName().toString())
          .contains(bindings.getSimpleName() + ".java");
      for (Path file : generated) {
        assertThat(Files.readString(file))
            .as(file.toString())
            .startsWith("// Generated by jextract");
      }
    }
  }
}
