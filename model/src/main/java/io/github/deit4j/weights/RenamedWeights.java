package io.github.deit4j.weights;

import io.github.deit4j.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A weight file seen under other names. A tensor may be several of the file's, row upon row. */
public final class RenamedWeights implements WeightFile {
  private final WeightFile file;
  private final Map<String, List<String>> parts;
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

  /**
   * Takes over a file, to be closed with this.
   *
   * @param parts by new name, the names in the file, the first rows first
   * @throws FormatException if a part is missing or parts do not fit together
   */
  public RenamedWeights(WeightFile file, Map<String, List<String>> parts) throws FormatException {
    this.file = file;
    this.parts = Map.copyOf(parts);
    for (Map.Entry<String, List<String>> entry : parts.entrySet()) {
      tensors.put(entry.getKey(), stacked(entry.getKey(), entry.getValue()));
    }
  }

  private TensorInfo stacked(String name, List<String> sources) throws FormatException {
    TensorInfo first = file.tensor(sources.getFirst());
    int[] sizes = first.shape().sizes();
    if (sources.size() > 1 && sizes.length == 0) {
      throw new FormatException(file.path(), "rows in \"" + first.name() + "\"", "a scalar");
    }
    long rows = 0;
    long bytes = 0;
    for (String source : sources) {
      TensorInfo part = file.tensor(source);
      if (part.dtype() != first.dtype() || !sameRows(part.shape(), first.shape())) {
        throw new FormatException(
            file.path(),
            "\"%s\" to be like \"%s\": %s of %s"
                .formatted(source, first.name(), first.dtype(), first.shape()),
            part.dtype() + " of " + part.shape());
      }
      rows += sizes.length == 0 ? 0 : part.shape().size(0);
      bytes += part.bytes();
    }
    if (sizes.length > 0) {
      sizes[0] = Math.toIntExact(Math.min(rows, Integer.MAX_VALUE));
    }
    return new TensorInfo(name, first.dtype(), Shape.of(sizes), first.offset(), bytes);
  }

  private static boolean sameRows(Shape a, Shape b) {
    return a.rank() == b.rank()
        && Arrays.equals(
            a.sizes(), Math.min(1, a.rank()), a.rank(), b.sizes(), Math.min(1, b.rank()), b.rank());
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public Map<String, String> metadata() {
    return file.metadata();
  }

  @Override
  public MemorySegment floatMemory(String name) throws FormatException {
    tensor(name);
    List<String> sources = parts.get(name);
    return sources.size() == 1
        ? file.floatMemory(sources.getFirst())
        : MemorySegment.ofArray(floats(name));
  }

  @Override
  public void copyTo(String name, MemorySegment destination) throws FormatException {
    tensor(name).requireFloats(path(), destination);
    long at = 0;
    for (String source : parts.get(name)) {
      long bytes = file.tensor(source).shape().elements() * Float.BYTES;
      file.copyTo(source, destination.asSlice(at, bytes));
      at += bytes;
    }
  }

  @Override
  public long[] longs(String name) throws FormatException {
    var longs = new long[tensor(name).requireIntegers(path())];
    int at = 0;
    for (String source : parts.get(name)) {
      long[] part = file.longs(source);
      System.arraycopy(part, 0, longs, at, part.length);
      at += part.length;
    }
    return longs;
  }

  @Override
  public void close() {
    file.close();
  }
}
