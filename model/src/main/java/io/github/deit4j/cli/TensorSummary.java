package io.github.deit4j.cli;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.weights.TensorInfo;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A stored tensor and how many of its elements are no finite numbers.
 *
 * @param nan elements that are not a number
 * @param infinite elements that are infinite as 32-bit floats
 */
record TensorSummary(String name, DType dtype, Shape shape, int nan, int infinite) {
  /** Reads all of a tensor. */
  static TensorSummary of(WeightFile file, TensorInfo info) throws IOException {
    int nan = 0;
    int infinite = 0;
    if (isFloatingPoint(info.dtype())) {
      for (float value : file.floats(info.name())) {
        nan += Float.isNaN(value) ? 1 : 0;
        infinite += Float.isInfinite(value) ? 1 : 0;
      }
    }
    return new TensorSummary(info.name(), info.dtype(), info.shape(), nan, infinite);
  }

  private static boolean isFloatingPoint(DType dtype) {
    return switch (dtype) {
      case F32, F64, F16, BF16 -> true;
      case I64, I32, I16, I8, U8, BOOL -> false;
    };
  }

  boolean isFinite() {
    return nan == 0 && infinite == 0;
  }

  Map<String, Object> toJson() {
    List<Integer> sizes = new ArrayList<>();
    for (int size : shape.sizes()) {
      sizes.add(size);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("dtype", dtype.name());
    json.put("shape", sizes);
    json.put("nan", nan);
    json.put("infinite", infinite);
    return json;
  }
}
