package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AvailableMemoryTest {
  @TempDir Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private List<Long> left() {
    return AvailableMemory.of(root).stream().map(AvailableMemory::bytes).sorted().toList();
  }

  @Test
  void ofTheMachine() throws IOException {
    write("proc/meminfo", "MemTotal: 100 kB\nMemAvailable:    70 kB\nSwapFree:  5 kB\n");
    assertThat(left()).containsExactly(75 * 1024L);
  }

  @Test
  void ofVersion2WithGroupsAbove() throws IOException {
    write("proc/self/cgroup", "0::/a/b\n");
    write("sys/fs/cgroup/a/b/memory.max", "max\n");
    write("sys/fs/cgroup/a/b/memory.current", "100\n");
    write("sys/fs/cgroup/a/memory.max", "1000\n");
    write("sys/fs/cgroup/a/memory.current", "900\n");
    write("sys/fs/cgroup/a/memory.stat", "anon 300\ninactive_file 400\nactive_file 200\n");
    assertThat(left()).containsExactly(700L);
    assertThat(AvailableMemory.of(root).getFirst().by()).contains("limit of 1000");
  }

  @Test
  void ofVersion1() throws IOException {
    write("proc/self/cgroup", "3:cpu,cpuacct:/x\n2:memory:/x\n1:name=systemd:/\n0::/\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", "12\n");
    write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "5000\n");
    write("sys/fs/cgroup/memory/x/memory.usage_in_bytes", "4000\n");
    write("sys/fs/cgroup/memory/x/memory.stat", "cache 1\ntotal_inactive_file 500\n");
    assertThat(left()).containsExactly(1500L);
  }

  @Test
  void inAContainerTheGroupIsTheMount() throws IOException {
    write("proc/self/cgroup", "0::/docker/not-seen-from-here\n");
    write("sys/fs/cgroup/memory.max", "1000\n");
    write("sys/fs/cgroup/memory.current", "400\n");
    assertThat(left()).containsExactly(600L);
  }

  @Test
  void whereNothingIsToldNothingIsKnown() throws IOException {
    assertThat(left()).isEmpty();
    write("proc/self/cgroup", "nonsense\n0::/../../etc\n");
    write("proc/meminfo", "MemAvailable: much\n");
    assertThat(left()).isEmpty();
  }
}
