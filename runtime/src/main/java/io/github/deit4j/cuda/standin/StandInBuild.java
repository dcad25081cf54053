package io.github.deit4j.cuda.standin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Builds the libraries of the stand-in by {@code g++} from the sources in the resources, where they
 * stay until sources change.
 */
public final class StandInBuild {
  private static final String COMPILER = "g++";

  /** For the stand-in and for the kernels. This machine runs what it has built. */
  private static final List<String> OPTIONS =
      List.of("-std=c++17", "-O2", "-march=native", "-fPIC", "-shared");

  private static final List<String> HEADERS =
      List.of(
          "standin.h",
          "graphs.h",
          "block.h",
          "check.h",
          "account.h",
          "fibre.h",
          "product.h",
          "matmul.h",
          "kernel.h");
  private static final List<String> DRIVER =
      List.of(
          "settings.cpp",
          "device.cpp",
          "streams.cpp",
          "graphs.cpp",
          "launch.cpp",
          "block.cpp",
          "check.cpp",
          "account.cpp",
          "fibre.cpp");
  private static final List<String> CUBLAS = List.of("cublas.cpp", "matmul.cpp", "product.cpp");
  private static final List<String> NVRTC = List.of("nvrtc.cpp");
  private static final List<String> NCCL = List.of("nccl.cpp");

  private StandInBuild() {}

  /** Returns why it cannot be built here, if it cannot. */
  public static Optional<String> lack() {
    String system = System.getProperty("os.name");
    if (!system.equals("Linux")) {
      return Optional.of("the stand-in for CUDA is for Linux, this is " + system);
    }
    try {
      run(Path.of("."), List.of(COMPILER, "--version"));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("no C++ compiler for the stand-in for CUDA: " + e.getMessage());
    }
  }

  /**
   * Returns the folder with the libraries, built now if they have not been before.
   *
   * @param parent where folders of all versions are
   * @throws UncheckedIOException if it cannot be written, or the compiler fails
   */
  public static Path folder(Path parent) {
    try {
      String hash = hash(run(Path.of("."), List.of(COMPILER, "--version")));
      Path folder = parent.resolve(hash).toAbsolutePath().normalize();
      Files.createDirectories(folder.getParent());
      // Two JVMs may want it at once; one builds it.
      try (FileChannel lock =
              FileChannel.open(
                  folder.resolveSibling("lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock _ = lock.lock()) {
        if (!Files.exists(folder)) {
          build(folder);
        }
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<String> sources() {
    return Stream.of(HEADERS, DRIVER, CUBLAS, NVRTC, NCCL).flatMap(List::stream);
  }

  private static String hash(String compiler) throws IOException {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update((compiler + OPTIONS).getBytes(StandardCharsets.UTF_8));
      for (String source : sources().toList()) {
        sha.update(read(source));
      }
      return HexFormat.of().formatHex(sha.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] read(String source) throws IOException {
    try (InputStream in = StandInBuild.class.getResourceAsStream(source)) {
      return in.readAllBytes();
    }
  }

  /** Builds beside and moves the whole, so that what is there is whole. */
  private static void build(Path folder) throws IOException {
    Path work = Files.createTempDirectory(folder.getParent(), "build-");
    for (String source : sources().toList()) {
      Files.write(work.resolve(source), read(source));
    }
    compile(work, "libcuda.so.1", DRIVER, List.of("-ldl"));
    compile(work, "libcublas.so.13", CUBLAS, List.of("-O3", "./libcuda.so.1"));
    compile(
        work,
        "libnvrtc.so.13",
        NVRTC,
        List.of(
            "-DSTANDIN_COMPILER=\"" + COMPILER + " " + String.join(" ", OPTIONS) + "\"",
            "./libcuda.so.1",
            "-ldl"));
    compile(work, "libnccl.so.2", NCCL, List.of("./libcuda.so.1"));
    Files.move(work, folder, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void compile(Path folder, String library, List<String> sources, List<String> more)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(COMPILER));
    command.addAll(OPTIONS);
    command.addAll(List.of("-Wl,-rpath,$ORIGIN"));
    command.addAll(List.of("-Wl,-soname," + library, "-o", library));
    command.addAll(sources);
    command.addAll(more);
    run(folder, command);
  }

  private static String run(Path folder, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ":\n" + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return output;
  }
}
