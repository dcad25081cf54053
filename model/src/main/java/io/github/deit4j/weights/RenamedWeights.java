package io.github.deit4j.weights;

import io.github.deit4j.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A weight file seen under other names. A tensor may be several of the file's, row upon row. */
public final class RenamedWeights extends WeightFile {
  private final WeightFile file;
  private final Map<String, List<String>> parts;

  /**
   * Takes over a file, to be closed with this.
   *
   * @param parts by new name, the names in the file, the first rows first
   * @throws FormatException if a part is missing or parts do not fit together
   */
  public RenamedWeights(WeightFile file, Map<String, List<String>> parts) throws FormatException {
    super(file.path(), stacked(file, parts), file.metadata(), file::close);
    this.file = file;
    this.parts = Map.copyOf(parts);
  }

  private static Map<String, TensorInfo> stacked(WeightFile file, Map<String, List<String>> parts)
      throws FormatException {
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> entry : parts.entrySet()) {
      tensors.put(entry.getKey(), stacked(file, entry.getKey(), entry.getValue()));
    }
    return tensors;
  }

  private static TensorInfo stacked(WeightFile file, String name, List<String> sources)
      throws FormatException {
    TensorInfo first = file.tensor(sources.getFirst());
    int[] sizes = first.shape().sizes();
    if (sources.size() > 1 && sizes.length == 0) {
      throw file.error("rows in \"" + first.name() + "\"", "a scalar");
    }
    long rows = 0;
    long bytes = 0;
    for (String source : sources) {
      TensorInfo part = file.tensor(source);
      if (part.dtype() != first.dtype() || !sameRows(part.shape(), first.shape())) {
        throw file.error(
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
    int rows = Math.min(1, a.rank());
    return a.rank() == b.rank()
        && Arrays.equals(a.sizes(), rows, a.rank(), b.sizes(), rows, b.rank());
  }

  @Override
  public MemorySegment data(String name) throws FormatException {
    TensorInfo tensor = tensor(name);
    List<String> sources = parts.get(name);
    if (sources.size() == 1) {
      return file.data(sources.getFirst());
    }
    MemorySegment stacked = tensor.allocate(path());
    long at = 0;
    for (String source : sources) {
      MemorySegment part = file.data(source);
      stacked.asSlice(at, part.byteSize()).copyFrom(part);
      at += part.byteSize();
    }
    return stacked;
  }
}
