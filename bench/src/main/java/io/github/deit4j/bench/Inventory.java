package io.github.deit4j.bench;

import io.github.deit4j.bench.SuiteReport.Absence;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.Peer.Library;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.DeviceProvider;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What there is to measure on this machine. */
record Inventory(
    List<Contestant> contestants, Map<String, String> descriptions, List<Absence> absences) {
  /** Looks. */
  static Inventory look(int threads, Path peers) throws IOException {
    Inventory found = new Inventory(new ArrayList<>(), new TreeMap<>(), new ArrayList<>());
    for (DeviceProvider each : Backends.providers()) {
      each.capabilities().precisions().stream()
          .sorted()
          .forEach(precision -> found.lookAt(each.name(), precision, threads));
    }
    found.lookAtPeers(peers);
    return found;
  }

  private void lookAt(String name, Precision precision, int threads) {
    try (Backend backend = Backends.select(name, threads, precision).backend()) {
      contestants.add(Contestant.of(backend, precision));
      descriptions.putIfAbsent(backend.name(), backend.description());
    } catch (DeviceException e) {
      String reason = e.getMessage().lines().findFirst().orElseThrow().replaceFirst(":$", "");
      Absence absence = new Absence(name, reason + "; ./deit doctor tells more");
      if (!absences.contains(absence)) {
        absences.add(absence);
      }
    }
  }

  private void lookAtPeers(Path folder) throws IOException {
    Path jars = folder.resolve("lib");
    for (Library peer : Library.values()) {
      String name = peer.contestant().backend();
      String versions = Files.isDirectory(jars) ? versions(jars, peer) : "";
      if (versions.isEmpty()) {
        absences.add(
            new Absence(
                name,
                "not installed in %s; mvn -Ppeers -pl bench/peers -am package -DskipTests makes it"
                    .formatted(folder)));
      } else {
        contestants.add(peer.contestant());
        descriptions.put(name, versions);
      }
    }
  }

  private static String versions(Path jars, Library peer) throws IOException {
    try (Stream<Path> files = Files.list(jars)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.startsWith(peer.id() + "-"))
          .map(file -> file.replaceFirst("\\.jar$", ""))
          .sorted()
          .collect(Collectors.joining(", "));
    }
  }
}
