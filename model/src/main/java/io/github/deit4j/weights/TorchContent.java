package io.github.deit4j.weights;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code torch.save} wrote: an object, and the storages of its tensors.
 *
 * @param root the object, as {@link PickleReader} makes it
 * @param storages their bytes by key; every storage that the object speaks of, of the right length
 */
record TorchContent(Object root, Map<String, MemorySegment> storages) {
  private static final BigInteger LEGACY_MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long LEGACY_PROTOCOL = 1001;
  private static final String PICKLE = "/data.pkl";

  /** Reads the zip format, which PyTorch writes since 1.6: a pickle and an entry per storage. */
  static TorchContent readZip(Path file, MemorySegment content) throws FormatException {
    Map<String, MemorySegment> entries = ZipIndex.read(file, content);
    String folder = folder(file, entries);
    MemorySegment order = entries.get(folder + "/byteorder");
    if (order != null && !new SegmentReader(file, order).text(order.byteSize()).equals("little")) {
      throw new FormatException(file, "little-endian numbers", "another byte order");
    }
    TorchPickle torch = new TorchPickle(file);
    MemorySegment pickle = entries.get(folder + PICKLE);
    Object root = PickleReader.read(new SegmentReader(file, pickle), torch);
    Map<String, MemorySegment> storages = new LinkedHashMap<>();
    for (TorchStorage storage : torch.storages().values()) {
      MemorySegment bytes = entries.get(folder + "/data/" + storage.key());
      requireLength(file, storage, bytes == null ? 0 : bytes.byteSize());
      storages.put(storage.key(), bytes == null ? MemorySegment.NULL : bytes);
    }
    return new TorchContent(root, storages);
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
  static TorchContent readLegacy(Path file, MemorySegment content) throws FormatException {
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
    Map<String, MemorySegment> storages = new LinkedHashMap<>();
    for (Object key : keys) {
      TorchStorage storage = torch.storages().get(key);
      if (storage == null) {
        throw new FormatException(file, "storages that the pickle speaks of", "another one");
      }
      requireElements(file, storage, in.longInteger());
      storages.put(storage.key(), in.slice(bytes(file, storage)));
    }
    for (TorchStorage storage : torch.storages().values()) {
      if (!storages.containsKey(storage.key())) {
        requireElements(file, storage, 0);
        storages.put(storage.key(), MemorySegment.NULL);
      }
    }
    return new TorchContent(root, storages);
  }

  private static void requireLength(Path file, TorchStorage storage, long found)
      throws FormatException {
    if (found != bytes(file, storage)) {
      throw new FormatException(
          file,
          "%d bytes in storage %s".formatted(bytes(file, storage), storage.key()),
          "" + found);
    }
  }

  private static void requireElements(Path file, TorchStorage storage, long found)
      throws FormatException {
    if (found != storage.elements()) {
      throw new FormatException(
          file,
          "%d elements in storage %s".formatted(storage.elements(), storage.key()),
          "" + found);
    }
  }

  private static long bytes(Path file, TorchStorage storage) throws FormatException {
    if (storage.elements() > Long.MAX_VALUE / storage.dtype().bytes()) {
      throw new FormatException(file, "a storage of less than 2^63 bytes", storage.toString());
    }
    return storage.elements() * storage.dtype().bytes();
  }
}
