package io.github.deit4j.weights;

import io.github.deit4j.tensor.ShapeException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * An open file of named tensors. Safe for use by many threads. The file must not be changed while
 * it is open.
 */
public sealed interface WeightFile extends AutoCloseable
    permits RenamedWeights, SafetensorsFile, TorchFile {

  /**
   * Opens a safetensors or PyTorch file, whichever its first bytes say it is.
   *
   * @throws FormatException if the file is malformed
   * @throws IOException if the file is missing or cannot be read
   */
  static WeightFile open(Path path) throws IOException {
    if (Files.isRegularFile(path) && TorchFile.looksLikeOne(path)) {
      return TorchFile.open(path);
    }
    if (Files.isRegularFile(path) && TorchFile.isNamedLikeOne(path)) {
      throw new FormatException(path, "a PyTorch file: a zip archive or a pickle", "neither");
    }
    return SafetensorsFile.open(path);
  }

  /** Returns the file's path. */
  Path path();

  /** Returns the tensors by name, in the file's order. */
  Map<String, TensorInfo> tensors();

  /** Returns the free text entries beside the tensors; empty if there are none. */
  Map<String, String> metadata();

  /**
   * Returns a tensor of {@link io.github.deit4j.tensor.DType#F32}, F16, BF16 (all exact) or F64
   * (rounded to nearest) as floats, row-major.
   *
   * @throws FormatException if the file has no such tensor, its elements are no floating-point
   *     numbers, or there are too many for an array
   */
  default float[] floats(String name) throws FormatException {
    var floats = new float[tensor(name).arrayLength(path())];
    copyTo(name, MemorySegment.ofArray(floats));
    return floats;
  }

  /**
   * Returns a tensor of integers or {@link io.github.deit4j.tensor.DType#BOOL} as longs, row-major.
   *
   * @throws FormatException if the file has no such tensor, its elements are no integers, or there
   *     are too many for an array
   */
  long[] longs(String name) throws FormatException;

  /**
   * Returns a floating-point tensor, converted as by {@link #floats}, as 32-bit floats in native
   * byte order: where they are stored as such, the mapped file itself, at any alignment, which can
   * be used until the file is closed.
   *
   * @throws FormatException as {@link #floats}
   */
  MemorySegment floatMemory(String name) throws FormatException;

  /**
   * Copies a floating-point tensor, converted as by {@link #floats}, into memory.
   *
   * @param destination 32-bit floats in native byte order, 4 bytes for each of the tensor's
   *     elements
   * @throws FormatException if the file has no such tensor or its elements are no floating-point
   *     numbers; the destination is unchanged
   * @throws ShapeException if the destination has another size; it is unchanged
   */
  void copyTo(String name, MemorySegment destination) throws FormatException;

  /**
   * Returns where a tensor lies.
   *
   * @throws FormatException if the file has no such tensor
   */
  default TensorInfo tensor(String name) throws FormatException {
    var tensor = tensors().get(name);
    if (tensor == null) {
      throw new FormatException(path(), "a tensor \"" + name + "\"", "none of this name");
    }
    return tensor;
  }

  /** Closes the file. */
  @Override
  void close();
}
