package io.github.deit4j.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Two hosts on one machine, with a name and a network interface each: network namespaces on a
 * bridge. They need root.
 */
final class MpiHosts implements AutoCloseable {
  private static final String BRIDGE = "deitbr";
  private static final String NAMESPACE = "deit-host-";
  private static final String CABLE = "deit-eth-";
  private static final String NET = "10.77.0.";

  private final Path agent;

  /** Held as long as the hosts are up: their names are the machine's, and tests are many. */
  private final FileChannel lock;

  private MpiHosts(Path agent, FileChannel lock) {
    this.agent = agent;
    this.lock = lock;
  }

  /** Sets them up; a test that cannot have them is skipped. */
  static MpiHosts up(Path folder) throws IOException, InterruptedException {
    Path agent = folder.resolve("agent");
    // Stands where ssh would: agent [-option…] HOST COMMAND…
    Files.writeString(
        agent,
        """
        #!/bin/sh
        while case $1 in -*) true ;; *) false ;; esac; do shift; done
        host=${1##*%s1}; shift
        exec ip netns exec %s$host unshare --uts sh -c "hostname deit-host-$host; $*"
        """
            .formatted(NET, NAMESPACE));
    Files.setPosixFilePermissions(agent, PosixFilePermissions.fromString("rwx------"));
    Path file = Path.of(System.getProperty("java.io.tmpdir"), "deit4j-hosts.lock");
    var lock = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    var hosts = new MpiHosts(agent, lock);
    try {
      lock.lock();
      takeDown(); // what a killed test has left
      setUp();
      return hosts;
    } catch (Throwable e) {
      hosts.close();
      throw e;
    }
  }

  private static void setUp() throws IOException, InterruptedException {
    assumeTrue(
        run("ip", "link", "add", BRIDGE, "type", "bridge"),
        "no network namespaces here: they need root and iproute2");
    must("ip", "addr", "add", NET + "1/24", "dev", BRIDGE);
    must("ip", "link", "set", BRIDGE, "up");
    for (int host = 1; host <= 2; host++) {
      String namespace = NAMESPACE + host;
      must("ip", "netns", "add", namespace);
      must(
          "ip",
          "link",
          "add",
          CABLE + host,
          "type",
          "veth",
          "peer",
          "name",
          "eth0",
          "netns",
          namespace);
      must("ip", "link", "set", CABLE + host, "master", BRIDGE, "up");
      must("ip", "-n", namespace, "addr", "add", address(host) + "/24", "dev", "eth0");
      must("ip", "-n", namespace, "link", "set", "eth0", "up");
      must("ip", "-n", namespace, "link", "set", "lo", "up");
    }
  }

  private static String address(int host) {
    return NET + "1" + host;
  }

  /** Returns what Open MPI's launcher must be told to start one rank on each. */
  List<String> options() {
    return List.of(
        "--mca",
        "plm_rsh_agent",
        agent.toString(),
        "--mca",
        "oob_tcp_if_include",
        NET + "0/24",
        "--mca",
        "btl_tcp_if_include",
        NET + "0/24",
        "--mca",
        "btl",
        "self,tcp",
        "-H",
        address(1) + ":1," + address(2) + ":1");
  }

  /** Pulls the cable of host 1 or 2. */
  void pull(int host) throws IOException, InterruptedException {
    must("ip", "link", "set", CABLE + host, "down");
  }

  @Override
  public void close() throws IOException {
    try (lock) {
      if (lock.isOpen()) {
        takeDown();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void takeDown() throws IOException, InterruptedException {
    for (int host = 1; host <= 2; host++) {
      run("ip", "link", "del", CABLE + host); // a process that lives on keeps its namespace's end
      run("ip", "netns", "del", NAMESPACE + host);
    }
    run("ip", "link", "del", BRIDGE);
  }

  private static void must(String... command) throws IOException, InterruptedException {
    if (!run(command)) {
      throw new IOException("failed: " + String.join(" ", command));
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 && !said.contains("Cannot");
    } catch (IOException e) {
      if (e.getMessage().contains("No such file")) {
        return false; // no ip here
      }
      throw e;
    }
  }
}
