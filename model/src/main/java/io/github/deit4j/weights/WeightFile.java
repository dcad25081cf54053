package io.github.deit4j.weights;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.file.StandardOpenOption.READ;

import io.github.deit4j.input.InputFiles;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;

/**
 * An open file of named tensors. Safe for use by many threads. The file must not be changed while
 * it is open.
 */
public abstract sealed class WeightFile implements AutoCloseable
    permits RenamedWeights, SafetensorsFile, TorchFile {
  /** Of PyTorch's batch normalisation; nothing reads it where the momentum is constant. */
  private static final String BATCH_COUNTER = ".num_batches_tracked";

  private final Path path;
  private final Map<String, TensorInfo> tensors;
  private final Map<String, String> metadata;
  private final Runnable release;

  /** Takes over maps, in the file's order, and what {@link #close} does. */
  WeightFile(
      Path path, Map<String, TensorInfo> tensors, Map<String, String> metadata, Runnable release) {
    this.path = path;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.metadata = Collections.unmodifiableMap(metadata);
    this.release = release;
  }

  /**
   * Opens a safetensors or PyTorch file, whichever its first bytes say it is.
   *
   * @throws FormatException if the file is malformed
   * @throws IOException if the file is missing or cannot be read
   */
  public static WeightFile open(Path path) throws IOException {
    if (Files.isRegularFile(path) && TorchFile.looksLikeOne(path)) {
      return TorchFile.open(path);
    }
    if (Files.isRegularFile(path) && TorchFile.isNamedLikeOne(path)) {
      throw new FormatException(path, "a PyTorch file: a zip archive or a pickle", "neither");
    }
    return SafetensorsFile.open(path);
  }

  /** Makes an open file of a mapped one, whose arena is then its to close. */
  interface Opener<F> {
    F open(Arena arena, MemorySegment content) throws FormatException;
  }

  /** Maps a whole file into memory. */
  @SuppressWarnings("MustBeClosedChecker") // what is opened closes the arena
  static <F> F map(Path path, Opener<F> opener) throws IOException {
    InputFiles.requireRegular(path, problem -> new FormatException(path, problem));
    var arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, READ)) {
      return opener.open(arena, channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** Returns the file's path. */
  public final Path path() {
    return path;
  }

  /** Returns the tensors by name, in the file's order. */
  public final Map<String, TensorInfo> tensors() {
    return tensors;
  }

  /** Returns the free text entries beside the tensors, in the file's order; often none. */
  public final Map<String, String> metadata() {
    return metadata;
  }

  /**
   * Returns where a tensor lies.
   *
   * @throws FormatException if the file has no such tensor
   */
  public final TensorInfo tensor(String name) throws FormatException {
    var tensor = tensors.get(name);
    if (tensor == null) {
      throw error("a tensor \"" + name + "\"", "none of this name");
    }
    return tensor;
  }

  /**
   * Returns a tensor's elements as they are stored: row-major, little-endian, at any alignment.
   * They can be used until the file is closed.
   *
   * @throws FormatException if the file has no such tensor
   */
  public abstract MemorySegment data(String name) throws FormatException;

  /**
   * Returns a tensor of {@link DType#F32}, F16, BF16 (all exact) or F64 (rounded to nearest) as
   * floats, row-major.
   *
   * @throws FormatException if the file has no such tensor, its elements are no floating-point
   *     numbers, or there are too many for an array
   */
  public final float[] floats(String name) throws FormatException {
    var floats = new float[tensor(name).arrayLength(path)];
    copyTo(name, MemorySegment.ofArray(floats));
    return floats;
  }

  /**
   * Returns a tensor of integers or {@link DType#BOOL} as longs, row-major.
   *
   * @throws FormatException if the file has no such tensor, its elements are no integers, or there
   *     are too many for an array
   */
  public final long[] longs(String name) throws FormatException {
    TensorInfo tensor = tensor(name);
    if (tensor.isFloatingPoint()) {
      throw wrongType(tensor, "an integer tensor");
    }
    var longs = new long[tensor.arrayLength(path)];
    Elements.toLongs(tensor.dtype(), data(name), longs);
    return longs;
  }

  /**
   * Returns a floating-point tensor, converted as by {@link #floats}, as 32-bit floats in native
   * byte order: where they are stored as such, {@link #data} itself.
   *
   * @throws FormatException as {@link #floats}
   */
  public final MemorySegment floatMemory(String name) throws FormatException {
    boolean asStored =
        tensor(name).dtype() == DType.F32 && ByteOrder.nativeOrder() == LITTLE_ENDIAN;
    return asStored ? data(name) : MemorySegment.ofArray(floats(name));
  }

  /**
   * Copies a floating-point tensor, converted as by {@link #floats}, into memory.
   *
   * @param destination 32-bit floats in native byte order, 4 bytes for each of the tensor's
   *     elements
   * @throws FormatException if the file has no such tensor or its elements are no floating-point
   *     numbers; the destination is unchanged
   * @throws ShapeException if the destination has another size; it is unchanged
   */
  public final void copyTo(String name, MemorySegment destination) throws FormatException {
    TensorInfo tensor = tensor(name);
    long bytes = tensor.shape().elements() * Float.BYTES;
    if (destination.byteSize() != bytes) {
      throw new ShapeException(
          "copy of tensor \"%s\" %s of %s: expected %d bytes of memory, found %d"
              .formatted(name, tensor.shape(), path, bytes, destination.byteSize()));
    }
    if (!tensor.isFloatingPoint()) {
      throw wrongType(tensor, "a floating-point tensor");
    }
    Elements.toFloats(tensor.dtype(), data(name), destination);
  }

  private FormatException wrongType(TensorInfo tensor, String expected) {
    return error(expected + " \"" + tensor.name() + "\"", tensor.dtype() + " elements");
  }

  /** Returns the error that something else than expected was found in this file. */
  public final FormatException error(String expected, String found) {
    return new FormatException(path, expected, found);
  }

  /**
   * Checks that the file has exactly the expected tensors, with floating-point elements; PyTorch's
   * counters of batches may be there too.
   *
   * @param expected a model's parameters and their shapes
   * @throws FormatException if any tensor is missing, unexpected, or has another shape or an
   *     element type that is no floating-point number; lists them all, in the order of the
   *     parameters
   */
  public final void requireTensors(Map<String, Shape> expected) throws FormatException {
    var differences = new ArrayList<String>();
    expected.forEach(
        (name, shape) -> {
          var tensor = tensors.get(name);
          if (tensor == null) {
            differences.add("missing: \"%s\" %s".formatted(name, shape));
            return;
          }
          if (!tensor.shape().equals(shape)) {
            differences.add(
                "shape of \"%s\": expected %s, found %s".formatted(name, shape, tensor.shape()));
          }
          if (!tensor.isFloatingPoint()) {
            differences.add(
                "element type of \"%s\": expected floating point, found %s"
                    .formatted(name, tensor.dtype()));
          }
        });
    tensors.forEach(
        (name, tensor) -> {
          if (!expected.containsKey(name) && !name.endsWith(BATCH_COUNTER)) {
            differences.add("unexpected: \"%s\" %s".formatted(name, tensor.shape()));
          }
        });
    if (!differences.isEmpty()) {
      throw error(
          "exactly the model's tensors",
          differences.size() + " differences:\n  " + String.join("\n  ", differences));
    }
  }

  /** Closes the file. Memory from {@link #data} then throws {@link IllegalStateException}. */
  @Override
  public final void close() {
    release.run();
  }
}
