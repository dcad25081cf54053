package io.github.deit4j.bench;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.DeviceException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Starts peers, each in a JVM of its own: with the environment in which it is at its best, with
 * threads that cannot get in our way, and on the class path. Gives them the model as files.
 */
public final class PeerLauncher {
  private static final String MAIN = "io.github.deit4j.bench.peers.PeerMain";
  private static final String MKL = "libmkl_rt.so.3";

  /** Names the processor whose kernels OpenBLAS takes; set by {@code deit} where it must be. */
  private static final String OPENBLAS_KERNELS = "OPENBLAS_CORETYPE";

  private final Path folder;
  private final Backend backend;
  private final Path work;

  /**
   * Creates a launcher.
   *
   * @param folder what {@code mvn -Ppeers package} has made: {@code lib} with the jars, {@code mkl}
   * @param backend writes the models' files
   * @throws DeviceException if the folder holds no peers
   */
  public PeerLauncher(Path folder, Backend backend) throws IOException {
    if (!Files.isDirectory(folder.resolve("lib"))) {
      throw new DeviceException(
          ("peers: expected jars in %s, found none; make them with: mvn -Ppeers -pl bench/peers -am"
                  + " package -DskipTests")
              .formatted(folder.resolve("lib")));
    }
    this.folder = folder;
    this.backend = backend;
    this.work = Files.createTempDirectory("deit4j-peers");
    work.toFile().deleteOnExit();
  }

  /**
   * Starts a peer and waits until it has loaded the model.
   *
   * @throws DeviceException if it does not start; has the end of what it said
   */
  public PeerProcess start(Peer peer, ModelCase model, int threads) {
    try {
      Path file = modelFile(peer, model.model());
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "--enable-native-access=ALL-UNNAMED",
              "-XX:+UseSerialGC",
              "-cp",
              folder.resolve("lib") + File.separator + "*",
              MAIN,
              peer.id(),
              model.model(),
              model.mode().id(),
              Integer.toString(model.batch()),
              Integer.toString(threads),
              file.toString());
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
      builder.environment().putAll(environment(peer, threads));
      return new PeerProcess(peer, builder, temporary(peer.id() + ".log"));
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
  private Map<String, String> environment(Peer peer, int threads) {
    Map<String, String> environment = new TreeMap<>();
    environment.put("OMP_WAIT_POLICY", "passive");
    environment.put("OMP_NUM_THREADS", Integer.toString(threads));
    if (peer == Peer.PYTORCH) {
      environment.put("MALLOC_ARENA_MAX", "1");
      environment.put("MALLOC_MMAP_MAX_", "0");
      environment.put("MALLOC_TRIM_THRESHOLD_", Long.toString(1L << 40));
    }
    Path mkl = folder.resolve("mkl").toAbsolutePath();
    if (peer == Peer.PYTORCH
        && System.getenv(OPENBLAS_KERNELS) == null
        && Files.exists(mkl.resolve(MKL))) {
      environment.put("MKL_THREADING_LAYER", "GNU");
      environment.put("MKL_NUM_THREADS", Integer.toString(threads));
      environment.put("LD_LIBRARY_PATH", mkl.toString());
      environment.put("LD_PRELOAD", mkl.resolve(MKL).toString());
    }
    return environment;
  }

  private Path modelFile(Peer peer, String name) throws IOException {
    Path file = temporary(name + peer.extension());
    if (!Files.exists(file)) {
      ModelFile.write(backend, name, peer.format(), file);
    }
    return file;
  }

  /** Returns a file that goes when this JVM ends, also when a signal ends it. */
  private Path temporary(String name) {
    Path file = work.resolve(name);
    file.toFile().deleteOnExit();
    return file;
  }
}
