package io.github.deit4j.weights;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What names in a PyTorch pickle mean. Each name allowed is listed here; calling one makes a value
 * of ours, and no code from outside is ever looked up or run.
 */
final class TorchPickle {
  /** No function looks at more. */
  static final int MOST_ARGUMENTS = 8;

  private static final int MAX_RANK = 8;

  /**
   * A run of elements that tensors of a PyTorch file lie in.
   *
   * @param key its name in the file
   * @param elements how many elements it has
   */
  record Storage(DType dtype, String key, long elements) {
    long bytes() {
      return elements * dtype.bytes();
    }
  }

  /**
   * A view of a storage, in elements.
   *
   * @param offset of the first element
   * @param strides distance of neighbours in each dimension, 0 or more
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record TorchTensor(Storage storage, long offset, Shape shape, long[] strides) {

    /**
     * Returns what is wrong with the view, or null: it must lie within its storage and be no
     * larger, so that no small file asks for much memory.
     */
    String flaw() {
      long last = offset;
      try {
        for (int i = 0; i < strides.length; i++) {
          if (strides[i] < 0) {
            return "stride " + strides[i];
          }
          last = Math.addExact(last, Math.multiplyExact(shape.size(i) - 1L, strides[i]));
        }
      } catch (ArithmeticException e) {
        return "strides beyond 64 bits";
      }
      boolean begins = offset >= 0 && offset <= storage.elements();
      if (!begins || shape.elements() > storage.elements()) {
        return "%d elements from element %d of %d"
            .formatted(shape.elements(), offset, storage.elements());
      }
      boolean inside = shape.elements() == 0 || last < storage.elements();
      return inside ? null : "element %d of %d".formatted(last, storage.elements());
    }

    /** Returns whether the elements lie in the storage as they do in a tensor of ours. */
    boolean isContiguous() {
      long expected = 1;
      for (int i = strides.length - 1; i >= 0; i--) {
        if (shape.size(i) != 1 && strides[i] != expected) {
          return shape.elements() == 0;
        }
        expected *= shape.size(i);
      }
      return true;
    }

    /** Copies the elements, row-major. */
    void gather(MemorySegment storageBytes, MemorySegment to) {
      gather(storageBytes, to, 0, 0, offset);
    }

    /** Copies everything below one dimension; returns how many elements are written by then. */
    private long gather(
        MemorySegment from, MemorySegment to, long written, int dimension, long element) {
      int width = storage.dtype().bytes();
      if (dimension == strides.length) {
        MemorySegment.copy(from, element * width, to, written * width, width);
        return written + 1;
      }
      long count = written;
      for (int i = 0; i < shape.size(dimension); i++) {
        count = gather(from, to, count, dimension + 1, element + i * strides[dimension]);
      }
      return count;
    }
  }

  /** A class or function by its module's and its own name, with a dot between. */
  record Name(String name) {}

  /** An object of no interest, such as the training arguments in a checkpoint. */
  record Ignored(Name type) {}

  private static final Map<String, DType> STORAGES =
      Map.ofEntries(
          Map.entry("torch.FloatStorage", DType.F32),
          Map.entry("torch.DoubleStorage", DType.F64),
          Map.entry("torch.HalfStorage", DType.F16),
          Map.entry("torch.BFloat16Storage", DType.BF16),
          Map.entry("torch.LongStorage", DType.I64),
          Map.entry("torch.IntStorage", DType.I32),
          Map.entry("torch.ShortStorage", DType.I16),
          Map.entry("torch.CharStorage", DType.I8),
          Map.entry("torch.ByteStorage", DType.U8),
          Map.entry("torch.BoolStorage", DType.BOOL));

  private static final String ORDERED_DICT = "collections.OrderedDict";
  private static final String TENSOR = "torch._utils._rebuild_tensor";
  private static final String TENSOR_V2 = "torch._utils._rebuild_tensor_v2";
  private static final String PARAMETER = "torch._utils._rebuild_parameter";
  private static final String PARAMETER_WITH_STATE = "torch._utils._rebuild_parameter_with_state";

  private static final Set<String> FUNCTIONS =
      Set.of(ORDERED_DICT, TENSOR, TENSOR_V2, PARAMETER, PARAMETER_WITH_STATE);

  /** What else stands in training checkpoints, beside the weights. */
  private static final Set<String> IGNORED =
      Set.of(
          "argparse.Namespace",
          "collections.Counter",
          "collections.defaultdict",
          "__builtin__.set",
          "builtins.set",
          "_codecs.encode",
          "numpy.dtype",
          "numpy.core.multiarray.scalar",
          "numpy._core.multiarray.scalar",
          "pathlib.PosixPath",
          "pathlib.PurePosixPath",
          "torch.Size",
          "torch.device");

  private final Path file;
  private final Map<String, Storage> storages = new LinkedHashMap<>();

  TorchPickle(Path file) {
    this.file = file;
  }

  /** Returns the storages that the pickle spoke of, by key. */
  Map<String, Storage> storages() {
    return storages;
  }

  /** Returns what a module's name stands for. */
  Name named(String module, String inModule) throws FormatException {
    String name = module + "." + inModule;
    if (STORAGES.containsKey(name) || FUNCTIONS.contains(name) || IGNORED.contains(name)) {
      return new Name(name);
    }
    throw new FormatException(
        file,
        "a pickle of tensors, dictionaries, lists, numbers and texts",
        "the name %s, which is not on the list of those allowed; save the weights alone,"
                .formatted(name)
            + " as torch.save(model.state_dict(), path) does");
  }

  /** Returns what a function gives, or an object of a class. */
  Object call(Object function, List<?> arguments) throws FormatException {
    if (!(function instanceof Name type)) {
      throw malformed("a call of a name", function);
    }
    return switch (type.name()) {
      case ORDERED_DICT -> orderedDict(arguments);
      case TENSOR, TENSOR_V2 -> tensor(arguments);
      case PARAMETER, PARAMETER_WITH_STATE -> argument(arguments, 0, TorchTensor.class);
      default -> new Ignored(type);
    };
  }

  private Object orderedDict(List<?> arguments) throws FormatException {
    Map<Object, Object> map = new LinkedHashMap<>();
    if (!arguments.isEmpty()) {
      for (Object pair : argument(arguments, 0, List.class)) {
        if (pair instanceof List<?> list && list.size() == 2 && PickleReader.isKey(list.get(0))) {
          map.put(list.get(0), list.get(1));
        }
      }
    }
    return map;
  }

  private TorchTensor tensor(List<?> arguments) throws FormatException {
    Storage storage = argument(arguments, 0, Storage.class);
    long offset = argument(arguments, 1, Long.class);
    long[] sizes = longs(argument(arguments, 2, List.class));
    long[] strides = longs(argument(arguments, 3, List.class));
    if (sizes.length != strides.length || sizes.length > MAX_RANK) {
      throw malformed("as many strides as sizes, at most " + MAX_RANK, sizes.length + " sizes");
    }
    int[] shape = new int[sizes.length];
    for (int i = 0; i < shape.length; i++) {
      if (sizes[i] < 0 || sizes[i] > Integer.MAX_VALUE) {
        throw malformed("a tensor size from 0 to " + Integer.MAX_VALUE, sizes[i]);
      }
      shape[i] = (int) sizes[i];
    }
    try {
      var tensor = new TorchTensor(storage, offset, Shape.of(shape), strides);
      if (tensor.flaw() != null) {
        throw malformed("a tensor within its storage", tensor.flaw());
      }
      return tensor;
    } catch (ShapeException e) {
      throw malformed("a tensor of less than 2^63 elements", e.getMessage());
    }
  }

  private long[] longs(List<?> list) throws FormatException {
    long[] values = new long[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = argument(list, i, Long.class);
    }
    return values;
  }

  /** Returns the storage of a persistent id: (storage, type, key, device, elements, view). */
  Storage storage(Object id) throws FormatException {
    if (!(id instanceof List<?> list) || list.isEmpty() || !"storage".equals(list.getFirst())) {
      throw malformed("the persistent id of a storage", id);
    }
    Name type = argument(list, 1, Name.class);
    String key = argument(list, 2, String.class);
    long elements = argument(list, 4, Long.class);
    if (!STORAGES.containsKey(type.name()) || elements < 0) {
      throw malformed("a storage's type and size", type.name() + ", " + elements);
    }
    if (list.size() > 5 && list.get(5) != null) {
      throw malformed("a storage of its own", "a view of another one, as before PyTorch 0.4");
    }
    Storage storage = new Storage(STORAGES.get(type.name()), key, elements);
    if (elements > Long.MAX_VALUE / storage.dtype().bytes()) {
      throw malformed("a storage of less than 2^63 bytes", storage.toString());
    }
    Storage before = storages.putIfAbsent(key, storage);
    if (before != null && !before.equals(storage)) {
      throw malformed("one type and size for storage " + key, before + " and " + storage);
    }
    return storage;
  }

  private <T> T argument(List<?> arguments, int index, Class<T> type) throws FormatException {
    Object argument = index < arguments.size() ? arguments.get(index) : null;
    if (!type.isInstance(argument)) {
      throw malformed("a " + type.getSimpleName() + " as argument " + index, argument);
    }
    return type.cast(argument);
  }

  FormatException malformed(String expected, Object found) {
    return refused("expected " + expected + ", found " + describe(found));
  }

  FormatException refused(String problem) {
    return new FormatException(file, "pickle: " + problem);
  }

  /** In short, since a container may hold itself. */
  private static String describe(Object value) {
    return switch (value) {
      case null -> "nothing";
      case String text -> '"' + text.substring(0, Math.min(100, text.length())) + '"';
      case Long number -> number.toString();
      case BigInteger _ -> "a number beyond 64 bits";
      case Name(String name) -> name;
      default -> "a " + value.getClass().getSimpleName();
    };
  }
}
