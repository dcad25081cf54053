package io.github.deit4j.weights;

import static java.nio.file.StandardOpenOption.READ;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.weights.TorchPickle.Storage;
import io.github.deit4j.weights.TorchPickle.TorchTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
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
public final class TorchFile extends WeightFile {
  private static final BigInteger LEGACY_MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long LEGACY_PROTOCOL = 1001;
  private static final String PICKLE = "/data.pkl";

  private static final List<String> WRAPPER_KEYS = List.of("model", "state_dict");
  private static final List<String> NAME_PREFIXES = List.of("module.", "_orig_mod.");
  private static final List<String> NAME_ENDINGS = List.of(".pth", ".pt", ".bin");

  /** Byte at which a safetensors file has the brace that opens its header. */
  private static final int HEADER = SafetensorsFile.PREFIX_BYTES;

  /** By key, the bytes of every storage that a tensor lies in, of the right length. */
  private final Map<String, MemorySegment> storages;

  private final Map<String, TorchTensor> views;

  private TorchFile(Path path, Arena arena, MemorySegment content) throws FormatException {
    Map<String, MemorySegment> storages = new LinkedHashMap<>();
    boolean zip = content.byteSize() > 0 && content.get(Elements.BYTE, 0) == 'P';
    Object root = zip ? readZip(path, content, storages) : readLegacy(path, content, storages);
    Map<String, TorchTensor> views = stateDict(path, root);
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    views.forEach(
        (name, view) -> {
          DType dtype = view.storage().dtype();
          long storage = storages.get(view.storage().key()).address() - content.address();
          long offset = storage + view.offset() * dtype.bytes();
          long bytes = view.shape().elements() * dtype.bytes();
          tensors.put(name, new TensorInfo(name, dtype, view.shape(), offset, bytes));
        });
    super(path, tensors, Map.of(), arena::close);
    this.storages = storages;
    this.views = views;
  }

  /** Returns whether a file's first bytes are those of a zip archive or a pickle. */
  static boolean looksLikeOne(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, READ)) {
      byte[] start = new byte[HEADER + 1];
      int length = channel.read(ByteBuffer.wrap(start), 0);
      boolean zip = start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4;
      boolean pickle = start[0] == (byte) 0x80 && start[1] >= 2 && start[1] <= 5;
      return length == start.length && start[HEADER] != '{' && (zip || pickle);
    }
  }

  /** Returns whether people expect a PyTorch file under this name. */
  static boolean isNamedLikeOne(Path path) {
    String name = path.toString();
    return NAME_ENDINGS.stream().anyMatch(name::endsWith);
  }

  /**
   * Opens a file and checks it.
   *
   * @throws FormatException if the file is malformed, holds anything else than tensors and plain
   *     values, or no state dict
   * @throws IOException if the file is missing or cannot be read
   */
  public static TorchFile open(Path path) throws IOException {
    return map(path, (arena, content) -> new TorchFile(path, arena, content));
  }

  /** Reads the zip format, which PyTorch writes since 1.6: a pickle and an entry per storage. */
  private static Object readZip(
      Path file, MemorySegment content, Map<String, MemorySegment> storages)
      throws FormatException {
    Map<String, MemorySegment> entries = ZipIndex.read(file, content);
    String folder = folder(file, entries);
    MemorySegment order = entries.get(folder + "/byteorder");
    if (order != null && !new SegmentReader(file, order).text(order.byteSize()).equals("little")) {
      throw new FormatException(file, "little-endian numbers", "another byte order");
    }
    TorchPickle torch = new TorchPickle(file);
    MemorySegment pickle = entries.get(folder + PICKLE);
    Object root = PickleReader.read(new SegmentReader(file, pickle), torch);
    for (Storage storage : torch.storages().values()) {
      MemorySegment bytes = entries.get(folder + "/data/" + storage.key());
      bytes = bytes == null ? MemorySegment.NULL : bytes;
      require(file, storage, storage.bytes(), "bytes", bytes.byteSize());
      storages.put(storage.key(), bytes);
    }
    return root;
  }

  /** Returns the one folder, of any name, that holds everything. */
  private static String folder(Path file, Map<String, MemorySegment> entries)
      throws FormatException {
    List<String> pickles = entries.keySet().stream().filter(name -> name.endsWith(PICKLE)).toList();
    if (pickles.size() != 1) {
      throw new FormatException(
          file, "a zip archive with one FOLDER/data.pkl, as torch.save writes", pickles.toString());
    }
    String folder = pickles.getFirst().substring(0, pickles.getFirst().length() - PICKLE.length());
    if (entries.containsKey(folder + "/constants.pkl")) {
      throw new FormatException(
          file, "a state dict", "a TorchScript program; save model.state_dict() instead");
    }
    return folder;
  }

  /**
   * Reads the format before PyTorch 1.6: pickles of a magic number, a protocol, system information,
   * the object and the storages' keys; then for each storage its length and its bytes.
   */
  private static Object readLegacy(
      Path file, MemorySegment content, Map<String, MemorySegment> storages)
      throws FormatException {
    SegmentReader in = new SegmentReader(file, content);
    TorchPickle torch = new TorchPickle(file);
    Object magic = PickleReader.read(in, torch);
    Object protocol = PickleReader.read(in, torch);
    if (!LEGACY_MAGIC.equals(magic) || !Long.valueOf(LEGACY_PROTOCOL).equals(protocol)) {
      throw new FormatException(
          file, "what torch.save writes", "a pickle without its magic number or protocol 1001");
    }
    PickleReader.read(in, torch);
    Object root = PickleReader.read(in, torch);
    if (!(PickleReader.read(in, torch) instanceof List<?> keys)) {
      throw new FormatException(file, "a list of storage keys", "another object");
    }
    for (Object key : keys) {
      Storage storage = torch.storages().get(key);
      if (storage == null) {
        throw new FormatException(file, "storages that the pickle speaks of", "another one");
      }
      require(file, storage, storage.elements(), "elements", in.longInteger());
      storages.put(storage.key(), in.slice(storage.bytes()));
    }
    for (Storage storage : torch.storages().values()) {
      if (storages.putIfAbsent(storage.key(), MemorySegment.NULL) == null) {
        require(file, storage, storage.elements(), "elements", 0);
      }
    }
    return root;
  }

  private static void require(Path file, Storage storage, long expected, String unit, long found)
      throws FormatException {
    if (found != expected) {
      throw new FormatException(
          file, "%d %s in storage %s".formatted(expected, unit, storage.key()), "" + found);
    }
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
  public MemorySegment data(String name) throws FormatException {
    TensorInfo tensor = tensor(name);
    TorchTensor view = views.get(name);
    MemorySegment storage = storages.get(view.storage().key());
    if (view.isContiguous()) {
      return storage.asSlice(view.offset() * tensor.dtype().bytes(), tensor.bytes());
    }
    MemorySegment rows = tensor.allocate(path());
    view.gather(storage, rows);
    return rows;
  }
}
