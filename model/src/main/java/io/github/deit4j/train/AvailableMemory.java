package io.github.deit4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How much memory this process can still take, as Linux tells it: the least of what the machine and
 * each of its control groups (version 1 and 2) have left, with what is kept of files counted as
 * free.
 *
 * @param bytes still to be had
 * @param by whose limit that is, in words
 */
record AvailableMemory(long bytes, String by) {
  private static final long KIB = 1024;

  /** What version 1 has for no limit: the largest whole number of pages. */
  private static final long NO_LIMIT = 1L << 60;

  /** Returns what there is; nothing where the system does not tell. */
  static List<AvailableMemory> now() {
    return of(Path.of("/"));
  }

  /**
   * Returns all limits there are, in any order; {@code root} is the file system's, but for tests.
   */
  static List<AvailableMemory> of(Path root) {
    List<AvailableMemory> found = new ArrayList<>();
    Map<String, Long> machine = numbers(root.resolve("proc/meminfo"));
    if (machine.containsKey("MemAvailable:")) {
      long kibibytes = machine.get("MemAvailable:") + machine.getOrDefault("SwapFree:", 0L);
      found.add(new AvailableMemory(kibibytes * KIB, "the machine has left"));
    }
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && parts[1].isEmpty()) {
        groups(root.resolve("sys/fs/cgroup"), parts[2], "memory.max", "memory.current", found);
      } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
        groups(
            root.resolve("sys/fs/cgroup/memory"),
            parts[2],
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            found);
      }
    }
    return found;
  }

  /** Adds what a group and all above it have left. In a container its own group is the mount. */
  private static void groups(
      Path mount, String path, String limit, String usage, List<AvailableMemory> found) {
    Path group = mount.resolve(path.replaceFirst("^/+", "")).normalize();
    if (!group.startsWith(mount) || !Files.isDirectory(group)) {
      group = mount;
    }
    for (; group.startsWith(mount); group = group.getParent()) {
      OptionalLong most = number(group.resolve(limit));
      OptionalLong used = number(group.resolve(usage));
      if (most.isPresent() && used.isPresent() && most.getAsLong() < NO_LIMIT) {
        Map<String, Long> kinds = numbers(group.resolve("memory.stat"));
        long files =
            kinds.getOrDefault("total_inactive_file", kinds.getOrDefault("inactive_file", 0L))
                + kinds.getOrDefault("total_active_file", kinds.getOrDefault("active_file", 0L));
        long left = most.getAsLong() - Math.max(0, used.getAsLong() - files);
        found.add(
            new AvailableMemory(
                Math.max(0, left), "are left of the control group's limit of " + most.getAsLong()));
      }
    }
  }

  private static OptionalLong number(Path file) {
    List<String> lines = lines(file);
    return lines.size() == 1 && lines.getFirst().matches("[0-9]{1,18}")
        ? OptionalLong.of(Long.parseLong(lines.getFirst()))
        : OptionalLong.empty();
  }

  private static Map<String, Long> numbers(Path file) {
    Map<String, Long> numbers = new HashMap<>();
    for (String line : lines(file)) {
      String[] parts = line.split("\\s+");
      if (parts.length >= 2 && parts[1].matches("[0-9]{1,18}")) {
        numbers.put(parts[0], Long.parseLong(parts[1]));
      }
    }
    return numbers;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file, UTF_8) : List.of();
    } catch (IOException e) {
      return List.of(); // not ours to read
    }
  }
}
