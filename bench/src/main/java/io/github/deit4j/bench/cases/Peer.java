package io.github.deit4j.bench.cases;

import io.github.deit4j.device.DeviceException;
import io.github.deit4j.export.ExportFormat;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What people would otherwise use. Each peer runs in a JVM of its own: with the environment in
 * which it is at its best, with threads that cannot get in our way, and on its own class path. It
 * is given the model as a file.
 */
public enum Peer {
  /** Inference only. */
  ONNXRUNTIME(ExportFormat.ONNX, ".onnx"),
  /** Inference and training. */
  PYTORCH(ExportFormat.TIMM, ".safetensors");

  /** Before the name, where it stands among backends. */
  static final String PREFIX = "peer:";

  private static final String MAIN = "io.github.deit4j.bench.peers.PeerMain";
  private static final String MKL = "libmkl_rt.so.3";

  /** Names the processor whose kernels OpenBLAS takes; set by {@code deit} where it must be. */
  private static final String OPENBLAS_KERNELS = "OPENBLAS_CORETYPE";

  private final ExportFormat format;
  private final String extension;

  Peer(ExportFormat format, String extension) {
    this.format = format;
    this.extension = extension;
  }

  /** Returns its name in commands and files. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns it as one that takes part. */
  public Contestant contestant() {
    return Contestant.onHost(PREFIX + id());
  }

  /** Returns those that can do it. */
  public static List<Peer> of(ModelCase.Mode mode) {
    return Arrays.stream(values())
        .filter(peer -> peer == PYTORCH || mode == ModelCase.Mode.INFERENCE)
        .toList();
  }

  static Peer of(Contestant contestant) {
    return valueOf(contestant.backend().substring(PREFIX.length()).toUpperCase(Locale.ROOT));
  }

  /**
   * Starts it and waits until it has loaded the model.
   *
   * @param folder what {@code mvn -Ppeers package} has made: {@code lib} with the jars, {@code mkl}
   * @throws DeviceException if the folder holds no peers, or it does not start; has the end of what
   *     it said
   */
  public PeerProcess start(Path folder, ModelCase model, int threads) {
    if (!Files.isDirectory(folder.resolve("lib"))) {
      throw new DeviceException(
          ("peers: expected jars in %s, found none; make them with: mvn -Ppeers -pl bench/peers -am"
                  + " package -DskipTests")
              .formatted(folder.resolve("lib")));
    }
    try {
      Path file = temporary(extension);
      BenchmarkModels.write(model.model(), format, file);
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "--enable-native-access=ALL-UNNAMED",
              "-XX:+UseSerialGC",
              "-cp",
              folder.resolve("lib") + File.separator + "*",
              MAIN,
              id(),
              model.model(),
              model.mode().id(),
              Integer.toString(model.batch()),
              Integer.toString(threads),
              file.toString());
      builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
      builder.environment().putAll(environment(folder.resolve("mkl").toAbsolutePath(), threads));
      PeerProcess process = new PeerProcess(contestant().toString(), builder, temporary(".log"));
      Files.delete(file);
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waiting threads of OpenMP would spin where others work. MKL is put in front of the OpenBLAS
   * that PyTorch was linked with, and shares its OpenMP; not where OpenBLAS has been told to use
   * AVX-512 on a processor of AMD, on which MKL does not. PyTorch takes its tensors from malloc
   * anew in every step: freed memory is kept, else each step waits for the kernel to clear its
   * pages.
   */
  private Map<String, String> environment(Path mkl, int threads) {
    Map<String, String> environment = new TreeMap<>();
    environment.put("OMP_WAIT_POLICY", "passive");
    environment.put("OMP_NUM_THREADS", Integer.toString(threads));
    if (this == PYTORCH) {
      environment.put("MALLOC_ARENA_MAX", "1");
      environment.put("MALLOC_MMAP_MAX_", "0");
      environment.put("MALLOC_TRIM_THRESHOLD_", Long.toString(1L << 40));
      if (System.getenv(OPENBLAS_KERNELS) == null && Files.exists(mkl.resolve(MKL))) {
        environment.put("MKL_THREADING_LAYER", "GNU");
        environment.put("MKL_NUM_THREADS", Integer.toString(threads));
        environment.put("LD_LIBRARY_PATH", mkl.toString());
        environment.put("LD_PRELOAD", mkl.resolve(MKL).toString());
      }
    }
    return environment;
  }

  /** Returns a file that goes when this JVM ends, also when a signal ends it. */
  private static Path temporary(String end) throws IOException {
    Path file = Files.createTempFile("deit4j-peer", end);
    file.toFile().deleteOnExit();
    return file;
  }
}
