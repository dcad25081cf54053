package io.github.deit4j.cuda.device;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Compiled kernels on disk, each in a file that is named by the hash of all it was made from:
 * source, headers, compiler and options; and whatever else is made once on a machine. A file starts
 * with the hash of the rest, so that a damaged one is known. The cache is a convenience: without it
 * kernels are compiled anew.
 */
final class KernelCache {
  private static final System.Logger LOG = System.getLogger(KernelCache.class.getName());
  private static final int HASH_BYTES = 32;
  private static final String ENDING = ".cubin";

  private final Path folder;

  KernelCache(Path folder) {
    this.folder = folder;
  }

  /**
   * Returns the user's: the folder of the system property {@code deit4j.kernels}, or {@code
   * ~/.cache/deit4j/kernels}.
   */
  static KernelCache ofUser() {
    String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
    String folder = System.getProperty("deit4j.kernels");
    return new KernelCache(
        folder != null ? Path.of(folder) : Path.of(home, ".cache", "deit4j", "kernels"));
  }

  /** Returns the code of a source, compiled now if it has not been before. */
  byte[] get(KernelSource source, KernelCompiler compiler) {
    List<String> parts = new ArrayList<>(List.of(compiler.settings(), source.text()));
    source.headers().forEach((name, text) -> Collections.addAll(parts, name, text));
    byte[] key = (String.join("\0", parts) + "\0").getBytes(StandardCharsets.UTF_8);
    return find(source.name(), key, ENDING)
        .orElseGet(() -> keep(source.name(), key, ENDING, compiler.compile(source)));
  }

  private Path file(String name, byte[] key, String ending) {
    return folder.resolve(name + "-" + HexFormat.of().formatHex(sha256(key)) + ending);
  }

  /**
   * Returns what is kept.
   *
   * @param name of what it is, at the beginning of the file's name
   * @param key what it was made from
   */
  Optional<byte[]> find(String name, byte[] key, String ending) {
    return read(file(name, key, ending));
  }

  /**
   * Keeps something and returns what is kept from now on: what another process has kept meanwhile,
   * if one has.
   */
  byte[] keep(String name, byte[] key, String ending, byte[] made) {
    return write(file(name, key, ending), made);
  }

  /** Returns whether something can be kept. */
  boolean canKeep() {
    try {
      Files.createDirectories(folder);
      return Files.isWritable(folder);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "nothing can be kept in " + folder, e);
      return false;
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  private static Optional<byte[]> read(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      int start = Math.min(HASH_BYTES, bytes.length);
      byte[] binary = Arrays.copyOfRange(bytes, start, bytes.length);
      if (Arrays.equals(sha256(binary), Arrays.copyOf(bytes, start))) {
        return Optional.of(binary);
      }
      LOG.log(Level.WARNING, "{0} is damaged: it is made anew", file);
    } catch (IOException e) {
      LOG.log(Level.WARNING, file + " cannot be read: it is made anew", e);
    }
    return Optional.empty();
  }

  /**
   * Gives a file its name, unless another process was first; returns what has it, if that is whole.
   */
  private static Optional<byte[]> link(Path file, Path temporary) throws IOException {
    try {
      Files.createLink(file, temporary);
    } catch (FileAlreadyExistsException e) {
      LOG.log(Level.DEBUG, "{0} has just been made by another process", file);
    } catch (UnsupportedOperationException | FileSystemException e) {
      LOG.log(Level.DEBUG, "no links in the folder of {0}", file);
    }
    return read(file);
  }

  private byte[] write(Path file, byte[] binary) {
    try {
      Files.createDirectories(folder);
      Path temporary = Files.createTempFile(folder, "new-", ".cubin");
      try {
        byte[] hash = sha256(binary);
        byte[] bytes = Arrays.copyOf(hash, HASH_BYTES + binary.length);
        System.arraycopy(binary, 0, bytes, HASH_BYTES, binary.length);
        Files.write(temporary, bytes);
        if (!Files.exists(file)) {
          Optional<byte[]> first = link(file, temporary);
          if (first.isPresent()) {
            return first.get();
          }
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "compiled kernels cannot be kept in " + folder, e);
    }
    return binary;
  }
}
