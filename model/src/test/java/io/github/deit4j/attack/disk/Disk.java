package io.github.deit4j.attack.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One folder of the real disk under attack: counts the operations on what is in it, lets one fail,
 * and remembers what of it a power failure would leave. As the standard says, and no file system is
 * that strict, a file's content is safe once it was forced, and its name once its folder was.
 *
 * <p>Paths are those of the real file system.
 */
public final class Disk {
  private static Disk attacked;

  private final Path root;
  private final int failing;
  private final Fault fault;
  private final Node tree;
  private final List<Operation> operations = new ArrayList<>();
  private boolean failed;

  /** A file or a folder: what it is, and what is safe of it. */
  private static final class Node {
    /** Null for a folder, and for a file that was never forced. */
    byte[] safe;

    /** Null for a file. */
    Map<String, Node> entries;

    Map<String, Node> safeEntries;
  }

  private Disk(Path root, int failing, Fault fault) throws IOException {
    this.root = root;
    this.failing = failing;
    this.fault = fault;
    this.tree = scan(root);
  }

  /**
   * Attacks a folder from now on; all that is in it is safe.
   *
   * @param root an absolute path
   * @param failing which operation fails, counted from 0; a negative one is none
   */
  public static synchronized Disk attack(Path root, int failing, Fault fault) throws IOException {
    attacked = new Disk(real(root), failing, fault);
    return attacked;
  }

  /** Ends the attack. After a power failure the folder then has what it left. */
  public static synchronized void endAttack() throws IOException {
    Disk disk = attacked;
    attacked = null;
    if (disk != null && disk.failed && disk.fault.isPower()) {
      Map<String, Node> left = disk.fault == Fault.POWER_ALL ? null : disk.tree.entries;
      clear(disk.root);
      restore(disk.root, disk.tree, left != null);
    }
  }

  /** Returns the operations so far, in order. */
  public List<Operation> operations() {
    synchronized (Disk.class) {
      return List.copyOf(operations);
    }
  }

  /** Returns whether one has failed. */
  public boolean failed() {
    synchronized (Disk.class) {
      return failed;
    }
  }

  /** Is told of every operation before it happens, and throws if it fails. */
  static synchronized void before(Operation operation, Path path) throws IOException {
    if (attacked != null && path.startsWith(attacked.root)) {
      attacked.count(operation, path);
    }
  }

  private void count(Operation operation, Path path) throws IOException {
    int n = operations.size();
    operations.add(operation);
    boolean later = failing >= 0 && n > failing;
    boolean fails =
        n == failing
            || (later && fault == Fault.LASTING && operation.changes())
            || (later && fault.isPower());
    if (fails) {
      failed = true;
      throw new IOException("injected failure of operation " + n + ", " + operation + " " + path);
    }
  }

  static synchronized void created(Path path) {
    Map<String, Node> folder = entriesOfParent(path);
    if (folder != null && !folder.containsKey(name(path))) {
      folder.put(name(path), new Node());
    }
  }

  static synchronized void madeFolder(Path path) {
    Map<String, Node> folder = entriesOfParent(path);
    if (folder != null) {
      folder.put(name(path), folder());
    }
  }

  static synchronized void deleted(Path path) {
    Map<String, Node> folder = entriesOfParent(path);
    if (folder != null) {
      folder.remove(name(path));
    }
  }

  static synchronized void moved(Path from, Path to) {
    Map<String, Node> old = entriesOfParent(from);
    Map<String, Node> fresh = entriesOfParent(to);
    if (old != null && fresh != null) {
      fresh.put(name(to), old.remove(name(from)));
    }
  }

  static synchronized void forced(Path path) throws IOException {
    Node node = find(path);
    if (node != null && node.entries != null) {
      node.safeEntries = new TreeMap<>(node.entries);
    } else if (node != null) {
      node.safe = Files.readAllBytes(path);
    }
  }

  private static Node find(Path path) {
    if (attacked == null || !path.startsWith(attacked.root)) {
      return null;
    }
    Node node = attacked.tree;
    for (Path name : attacked.root.relativize(path)) {
      if (!name.toString().isEmpty()) {
        node = node == null || node.entries == null ? null : node.entries.get(name.toString());
      }
    }
    return node;
  }

  private static Map<String, Node> entriesOfParent(Path path) {
    Node parent = find(path.getParent());
    return parent == null ? null : parent.entries;
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  private static Node folder() {
    Node node = new Node();
    node.entries = new TreeMap<>();
    node.safeEntries = new TreeMap<>();
    return node;
  }

  private static Node scan(Path path) throws IOException {
    Node node = new Node();
    if (Files.isDirectory(path)) {
      node = folder();
      try (Stream<Path> entries = Files.list(path)) {
        for (Path entry : entries.toList()) {
          node.entries.put(name(entry), scan(entry));
        }
      }
      node.safeEntries.putAll(node.entries);
    } else {
      node.safe = Files.readAllBytes(path);
    }
    return node;
  }

  private static void clear(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(folder)) {
          Files.delete(path);
        }
      }
    }
  }

  private static void restore(Path folder, Node node, boolean allNames) throws IOException {
    Map<String, Node> entries = allNames ? node.entries : node.safeEntries;
    for (Map.Entry<String, Node> entry : entries.entrySet()) {
      Path path = folder.resolve(entry.getKey());
      Node child = entry.getValue();
      if (child.entries != null) {
        Files.createDirectory(path);
        restore(path, child, allNames);
      } else {
        Files.write(path, child.safe == null ? new byte[0] : child.safe);
      }
    }
  }

  /** Returns the path of the real file system below the one of ours. */
  static Path real(Path path) {
    return path instanceof DiskPath ours ? ours.real() : path;
  }
}
