package io.github.deit4j.weights;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
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
  private static final int MAX_RANK = 8;

  /** A class or function by its name. */
  record Name(String module, String name) {
    @Override
    public String toString() {
      return module + "." + name;
    }
  }

  /** An object of no interest, such as the training arguments in a checkpoint. */
  record Ignored(Name type) {}

  private static final Map<String, DType> STORAGES =
      Map.ofEntries(
          Map.entry("FloatStorage", DType.F32),
          Map.entry("DoubleStorage", DType.F64),
          Map.entry("HalfStorage", DType.F16),
          Map.entry("BFloat16Storage", DType.BF16),
          Map.entry("LongStorage", DType.I64),
          Map.entry("IntStorage", DType.I32),
          Map.entry("ShortStorage", DType.I16),
          Map.entry("CharStorage", DType.I8),
          Map.entry("ByteStorage", DType.U8),
          Map.entry("BoolStorage", DType.BOOL));

  private static final Name ORDERED_DICT = new Name("collections", "OrderedDict");
  private static final Name TENSOR = new Name("torch._utils", "_rebuild_tensor");
  private static final Name TENSOR_V2 = new Name("torch._utils", "_rebuild_tensor_v2");
  private static final Name PARAMETER = new Name("torch._utils", "_rebuild_parameter");
  private static final Name PARAMETER_WITH_STATE =
      new Name("torch._utils", "_rebuild_parameter_with_state");

  private static final Set<Name> FUNCTIONS =
      Set.of(ORDERED_DICT, TENSOR, TENSOR_V2, PARAMETER, PARAMETER_WITH_STATE);

  /** What else stands in training checkpoints, beside the weights. */
  private static final Set<Name> IGNORED =
      Set.of(
          new Name("argparse", "Namespace"),
          new Name("collections", "Counter"),
          new Name("collections", "defaultdict"),
          new Name("__builtin__", "set"),
          new Name("builtins", "set"),
          new Name("_codecs", "encode"),
          new Name("numpy", "dtype"),
          new Name("numpy.core.multiarray", "scalar"),
          new Name("numpy._core.multiarray", "scalar"),
          new Name("pathlib", "PosixPath"),
          new Name("pathlib", "PurePosixPath"),
          new Name("torch", "Size"),
          new Name("torch", "device"));

  private final Path file;
  private final Map<String, TorchStorage> storages = new LinkedHashMap<>();

  TorchPickle(Path file) {
    this.file = file;
  }

  /** Returns the storages that the pickle spoke of, by key. */
  Map<String, TorchStorage> storages() {
    return storages;
  }

  /** Returns what a name stands for. */
  Object named(Name name) throws FormatException {
    boolean storage = name.module().equals("torch") && STORAGES.containsKey(name.name());
    if (storage || FUNCTIONS.contains(name) || IGNORED.contains(name)) {
      return name;
    }
    throw new FormatException(
        file,
        "a pickle of tensors, dictionaries, lists, numbers and texts",
        "the name "
            + name
            + ", which is not on the list of those allowed; save the weights alone,"
            + " as torch.save(model.state_dict(), path) does");
  }

  /** Returns what a function gives, or an object of a class. */
  Object call(Object function, List<?> arguments) throws FormatException {
    if (!(function instanceof Name name)) {
      throw malformed("a call of a name", function);
    }
    if (name.equals(ORDERED_DICT)) {
      return orderedDict(arguments);
    }
    if (name.equals(TENSOR) || name.equals(TENSOR_V2)) {
      return tensor(arguments);
    }
    if (name.equals(PARAMETER) || name.equals(PARAMETER_WITH_STATE)) {
      return argument(arguments, 0, TorchTensor.class);
    }
    return new Ignored(name);
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
    TorchStorage storage = argument(arguments, 0, TorchStorage.class);
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
  TorchStorage storage(Object id) throws FormatException {
    if (!(id instanceof List<?> list) || list.isEmpty() || !"storage".equals(list.getFirst())) {
      throw malformed("the persistent id of a storage", id);
    }
    Name type = argument(list, 1, Name.class);
    String key = argument(list, 2, String.class);
    long elements = argument(list, 4, Long.class);
    if (!STORAGES.containsKey(type.name()) || elements < 0) {
      throw malformed("a storage's type and size", type + ", " + elements);
    }
    if (list.size() > 5 && list.get(5) != null) {
      throw malformed("a storage of its own", "a view of another one, as before PyTorch 0.4");
    }
    TorchStorage storage = new TorchStorage(STORAGES.get(type.name()), key, elements);
    TorchStorage before = storages.putIfAbsent(key, storage);
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
    return new FormatException(file, "pickle: expected " + expected + ", found " + describe(found));
  }

  /** In short, since a container may hold itself. */
  private static String describe(Object value) {
    return switch (value) {
      case null -> "nothing";
      case String text -> '"' + text.substring(0, Math.min(100, text.length())) + '"';
      case Long number -> number.toString();
      case BigInteger _ -> "a number beyond 64 bits";
      case Name name -> name.toString();
      default -> "a " + value.getClass().getSimpleName();
    };
  }
}
