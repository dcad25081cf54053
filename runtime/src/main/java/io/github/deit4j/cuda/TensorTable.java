package io.github.deit4j.cuda;

import io.github.deit4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Tensors that one launch works on, as {@code tables.cuh} has them: rows of equally many float32
 * tensors of the same size, cut into parts of which a block has one.
 *
 * @param rows of tensors, null where a row has none; with no rows nothing is launched
 */
record TensorTable(List<List<Tensor>> rows) {
  /** Elements of a part. */
  static final int PART = 4096;

  /** Returns a table with one tensor a row. */
  static TensorTable of(List<Tensor> tensors) {
    return new TensorTable(tensors.stream().map(List::of).toList());
  }

  /** Returns a row, some of whose tensors may be null. */
  static List<Tensor> row(Tensor... tensors) {
    return Arrays.asList(tensors);
  }

  private static long parts(List<Tensor> row) {
    return Math.ceilDiv(row.getFirst().elements(), (long) PART);
  }

  /** Returns how many parts all rows have. */
  int parts() {
    return Math.toIntExact(rows.stream().mapToLong(TensorTable::parts).sum());
  }

  /** Returns the table as the device reads it. */
  long[] words(String device) {
    int tensors = rows.getFirst().size();
    int count = rows.size();
    long[] words = new long[(tensors + 2) * count];
    long part = 0;
    for (int row = 0; row < count; row++) {
      List<Tensor> own = rows.get(row);
      for (int column = 0; column < tensors; column++) {
        Tensor tensor = own.get(column);
        words[column * count + row] = tensor == null ? 0 : tensor.address(device);
      }
      words[tensors * count + row] = own.getFirst().elements();
      words[(tensors + 1) * count + row] = part;
      part += parts(own);
    }
    return words;
  }
}
