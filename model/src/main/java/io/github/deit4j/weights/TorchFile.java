package io.github.deit4j.weights;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An open PyTorch file, in the zip or the legacy format: the tensors of the state dict in it, which
 * is the whole object or its entry {@code model} or {@code state_dict}. What wrappers put in front
 * of every name ({@code module.}, {@code _orig_mod.}) is left out.
 *
 * <p>Everything is checked when the file is opened, and nothing in it is run, see {@link
 * PickleReader}. The data are mapped, not read.
 */
public final class TorchFile implements WeightFile {
  private static final List<String> WRAPPER_KEYS = List.of("model", "state_dict");
  private static final List<String> NAME_PREFIXES = List.of("module.", "_orig_mod.");

  private static final List<String> NAME_ENDINGS = List.of(".pth", ".pt", ".bin");

  /** Byte at which a safetensors file has the brace that opens its header. */
  private static final int HEADER = SafetensorsFile.PREFIX_BYTES;

  private final Path path;
  private final Arena arena;
  private final Map<String, MemorySegment> storages;
  private final Map<String, TorchTensor> tensors;
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

  private TorchFile(Path path, Arena arena, MemorySegment content, TorchContent read)
      throws FormatException {
    this.path = path;
    this.arena = arena;
    this.storages = read.storages();
    this.tensors = stateDict(path, read.root());
    tensors.forEach((name, tensor) -> infos.put(name, info(name, tensor, content)));
  }

  private TensorInfo info(String name, TorchTensor tensor, MemorySegment content) {
    var dtype = tensor.storage().dtype();
    long storage = storages.get(tensor.storage().key()).address() - content.address();
    return new TensorInfo(
        name,
        dtype,
        tensor.shape(),
        storage + tensor.offset() * dtype.bytes(),
        tensor.shape().elements() * dtype.bytes());
  }

  /** Returns whether a file's first bytes are those of a zip archive or a pickle. */
  static boolean looksLikeOne(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, READ)) {
      byte[] start = new byte[HEADER + 1];
      int length = channel.read(ByteBuffer.wrap(start), 0);
      return length == start.length && start[HEADER] != '{' && (isZip(start) || isPickle(start));
    }
  }

  /** Returns whether people expect a PyTorch file under this name. */
  static boolean isNamedLikeOne(Path path) {
    String name = path.toString();
    return NAME_ENDINGS.stream().anyMatch(name::endsWith);
  }

  private static boolean isZip(byte[] start) {
    return start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4;
  }

  private static boolean isPickle(byte[] start) {
    return start[0] == (byte) 0x80 && start[1] >= 2 && start[1] <= 5;
  }

  /**
   * Opens a file and checks it.
   *
   * @throws FormatException if the file is malformed, holds anything else than tensors and plain
   *     values, or no state dict
   * @throws IOException if the file is missing or cannot be read
   */
  @SuppressWarnings("MustBeClosedChecker") // the returned file closes the arena
  public static TorchFile open(Path path) throws IOException {
    var arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, READ)) {
      var content = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      return new TorchFile(path, arena, content, read(path, content));
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static TorchContent read(Path path, MemorySegment content) throws FormatException {
    boolean zip = content.byteSize() > 0 && content.get(ValueLayout.JAVA_BYTE, 0) == 'P';
    return zip ? TorchContent.readZip(path, content) : TorchContent.readLegacy(path, content);
  }

  private static Map<String, TorchTensor> stateDict(Path path, Object root) throws FormatException {
    Map<String, TorchTensor> tensors = new LinkedHashMap<>();
    if (unwrapped(root) instanceof Map<?, ?> map) {
      map.forEach(
          (key, value) -> {
            if (key instanceof String name && value instanceof TorchTensor tensor) {
              tensors.put(name, tensor);
            }
          });
    }
    if (tensors.isEmpty()) {
      throw new FormatException(
          path,
          "a state dict: a dictionary of tensors, alone or under model or state_dict",
          "none");
    }
    return withoutPrefixes(tensors);
  }

  private static Object unwrapped(Object root) {
    if (root instanceof Map<?, ?> map) {
      for (String key : WRAPPER_KEYS) {
        if (map.get(key) instanceof Map<?, ?> inner) {
          return inner;
        }
      }
    }
    return root;
  }

  private static Map<String, TorchTensor> withoutPrefixes(Map<String, TorchTensor> tensors) {
    for (String prefix : NAME_PREFIXES) {
      if (tensors.keySet().stream().allMatch(name -> name.startsWith(prefix))) {
        Map<String, TorchTensor> shorter = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> shorter.put(name.substring(prefix.length()), tensor));
        return withoutPrefixes(shorter);
      }
    }
    return tensors;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public MemorySegment floatMemory(String name) throws FormatException {
    boolean asStored = Elements.areNativeFloats(tensor(name).dtype());
    return asStored ? bytes(name) : MemorySegment.ofArray(floats(name));
  }

  @Override
  public void copyTo(String name, MemorySegment destination) throws FormatException {
    TensorInfo info = tensor(name);
    info.requireFloats(path, destination);
    Elements.toFloats(info.dtype(), bytes(name), destination);
  }

  @Override
  public long[] longs(String name) throws FormatException {
    TensorInfo info = tensor(name);
    var longs = new long[info.requireIntegers(path)];
    Elements.toLongs(info.dtype(), bytes(name), longs);
    return longs;
  }

  private MemorySegment bytes(String name) {
    TorchTensor tensor = tensors.get(name);
    return tensor.bytes(storages.get(tensor.storage().key()));
  }

  /** Unmaps the file. */
  @Override
  public void close() {
    arena.close();
  }
}
