package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Native functions, by the library of {@code natives.cpp}, which has to be loaded before anything
 * calls one of them.
 */
final class NativeFaults extends FaultKind {
  private static final int MOST_CALLS = 1 << 20;
  private static final String DECODER = "deit4j.turbojpeg";

  private final Set<NativeFunction> watched;
  private final MethodHandle begin;
  private final MethodHandle end;
  private final MemorySegment calls = Arena.global().allocate(MOST_CALLS);
  private int failing;

  @SuppressWarnings("restricted")
  private NativeFaults(Set<NativeFunction> watched, Path library) {
    this.watched = watched;
    SymbolLookup symbols = SymbolLookup.libraryLookup(library.toString(), Arena.global());
    begin =
        function(
            symbols,
            "faults_begin",
            FunctionDescriptor.ofVoid(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    end =
        function(
            symbols,
            "faults_end",
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
  }

  /** Builds the library by {@code g++}, which needs the headers of a JDK. */
  static Path build(Path folder) throws IOException, InterruptedException {
    Path source = folder.resolve("natives.cpp");
    try (InputStream in = NativeFaults.class.getResourceAsStream("natives.cpp")) {
      Files.copy(in, source);
    }
    Path library = folder.resolve("libnatives.so");
    Path headers = Path.of(System.getProperty("java.home"), "include");
    List<String> command =
        List.of(
            "g++",
            "-std=c++17",
            "-O1",
            "-fPIC",
            "-shared",
            "-fvisibility=hidden",
            "-I" + headers,
            "-I" + headers.resolve("linux"),
            "-o",
            library.toString(),
            source.toString(),
            "-ldl");
    Process compiler = new ProcessBuilder(command).inheritIO().start();
    if (compiler.waitFor() != 0) {
      throw new IOException("cannot be compiled: " + source);
    }
    return library;
  }

  /**
   * Loads the library into this JVM for good. It stands before libjpeg-turbo, the system's or that
   * of the system property, where there is one.
   */
  @SuppressWarnings("restricted") // it is made for this
  static NativeFaults load(Path library, Set<NativeFunction> watched) {
    System.load(library.toString());
    standBeforeDecoder(library);
    return new NativeFaults(watched, library);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle function(
      SymbolLookup symbols, String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), descriptor);
  }

  private static void standBeforeDecoder(Path library) {
    MethodHandle open =
        function(
            SymbolLookup.loaderLookup(),
            "faults_decoder",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofShared()) {
      String decoder = System.getProperty(DECODER, "libturbojpeg.so.0");
      if ((int) call(open, arena.allocateFrom(decoder)) != 0) {
        System.setProperty(DECODER, library.toString());
      }
    }
  }

  @Override
  void begin(Path folder, int n, Fault fault) {
    failing = n;
    int functions = watched.stream().mapToInt(each -> 1 << each.ordinal()).sum();
    call(begin, functions, (long) n, fault == Fault.LASTING ? 1 : 0);
  }

  @Override
  Outcome end() {
    int count = (int) Math.min((long) call(end, calls, (long) MOST_CALLS), MOST_CALLS);
    List<String> operations = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int function = calls.get(ValueLayout.JAVA_BYTE, i);
      operations.add(NativeFunction.values()[function].name());
    }
    return new Outcome(operations, failing >= 0 && failing < count);
  }

  @Override
  Set<Integer> rightCodes(String operation, Fault fault) {
    return codes(operation, fault);
  }

  /**
   * What fails may have been for images that are read ahead and that nobody takes in the end; and a
   * lasting failure comes upon other functions after the one that nobody misses.
   */
  static Set<Integer> codes(String operation, Fault fault) {
    boolean dispensable = NativeFunction.valueOf(operation).dispensable();
    return dispensable && fault == Fault.ONCE ? Set.of(0) : Set.of(0, UNAVAILABLE);
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
