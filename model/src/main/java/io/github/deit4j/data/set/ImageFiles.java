package io.github.deit4j.data.set;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Reduction;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.decode.ImageDecoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** RGB images that are files below a folder, in a given order. */
public final class ImageFiles implements Dataset {
  private final Path root;
  private final Decoding decoding;
  private final List<String> classNames;
  private final List<String> files;
  private final int[] labels;

  /** Of the contents as last read, 0 before. */
  private final AtomicIntegerArray checksums;

  private ImageFiles(Builder builder, List<String> classNames, Decoding decoding) {
    this.root = builder.root;
    this.decoding = decoding;
    this.classNames = List.copyOf(classNames);
    this.files = List.copyOf(builder.files);
    this.labels = builder.labels.stream().mapToInt(Integer::intValue).toArray();
    this.checksums = new AtomicIntegerArray(labels.length);
  }

  /** Returns the image's file below the folder, with slashes. */
  @Override
  public String path(int index) {
    return files.get(index).replace(root.getFileSystem().getSeparator(), "/");
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int channels() {
    return 3;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public Image image(int index, Reduction reduction) throws CorruptImageException {
    Path file = root.resolve(files.get(index));
    byte[] content = ImageDecoder.read(file);
    int checksum = PackHeader.checksum(ByteBuffer.wrap(content));
    checksums.set(index, checksum == 0 ? 1 : checksum);
    return ImageDecoder.decode(file.toString(), content, decoding, reduction);
  }

  @Override
  public String fingerprint() {
    return PackHeader.fingerprint(this, this::bytes);
  }

  /** Returns the file's size; 0, as in a pack, if it cannot be read. */
  private long bytes(int index) {
    try {
      return Files.size(root.resolve(files.get(index)));
    } catch (IOException e) {
      return 0;
    }
  }

  @Override
  public int checksum(int index) {
    return checksums.get(index);
  }

  @Override
  public String name(int index) {
    return root.resolve(files.get(index)).toString();
  }

  /** Collects images one after the other. */
  static final class Builder {
    private final Path root;
    private final List<String> files = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();
    private final Map<Path, String> listed = new HashMap<>();
    private final Set<Path> foldersInside = new HashSet<>();

    Builder(Path root) {
      this.root = root;
    }

    /** Adds a file that was found below the folder. */
    void add(String file, int label) {
      files.add(file);
      labels.add(label);
    }

    /**
     * Adds a file that a list names, which may lie, or mean a file of somebody else's.
     *
     * @param where the place in the list, for messages
     * @param path the file below the folder, with slashes
     * @throws DatasetException if it is no file below the folder, or was listed before
     */
    void addListed(String where, String path, int label) throws DatasetException {
      Path file = inside(where, path);
      String before = listed.put(file, where);
      if (before != null) {
        throw new DatasetException(
            "%s: expected each image once, found %s again, as in %s", where, path, before);
      }
      add(file.toString(), label);
    }

    private Path inside(String where, String path) throws DatasetException {
      try {
        Path file = Path.of(path);
        boolean climbs = file.isAbsolute();
        for (Path part : file) {
          climbs |= part.toString().equals("..");
        }
        if (climbs || !staysInside(root.resolve(file))) {
          throw new DatasetException(
              "%s: expected a file in the folder %s, found %s, which leads out of it",
              where, root, path);
        }
        if (!Files.isRegularFile(root.resolve(file))) {
          throw new DatasetException(
              "%s: expected an image file, found no file %s", where, root.resolve(file));
        }
        return file.normalize();
      } catch (InvalidPathException e) {
        throw new DatasetException(
            "%s: expected a file's path, found \"%s\": %s".formatted(where, path, e.getReason()),
            e);
      } catch (DatasetException e) {
        throw e;
      } catch (IOException e) {
        throw new DatasetException(where + ": " + path + " can't be looked at: " + e, e);
      }
    }

    /** Links may lead anywhere; folders are asked once. What is not there leads nowhere. */
    private boolean staysInside(Path file) throws IOException {
      Path folder = file.getParent();
      if (!foldersInside.contains(folder) && Files.exists(folder)) {
        if (!folder.toRealPath().startsWith(root.toRealPath())) {
          return false;
        }
        foldersInside.add(folder);
      }
      return !Files.isSymbolicLink(file)
          || !Files.exists(file)
          || file.toRealPath().startsWith(root.toRealPath());
    }

    ImageFiles build(List<String> classNames, Decoding decoding) {
      return new ImageFiles(this, classNames, decoding);
    }
  }
}
