package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** Who has memory on a device. */
final class ArenaTable {
  private final ConcurrentLinkedQueue<DeviceMemory> open = new ConcurrentLinkedQueue<>();

  void add(DeviceMemory memory) {
    open.add(memory);
  }

  void remove(DeviceMemory memory) {
    open.remove(memory);
  }

  /** Returns the failure of an allocation, with what is free and who has the rest. */
  DeviceException.OutOfMemory outOfMemory(DeviceInfo device, String who, long requested) {
    MemorySegment freeBytes = Driver.pointer();
    MemorySegment allBytes = Driver.pointer();
    Driver.check("cuMemGetInfo", Cuda.cuMemGetInfo_v2(freeBytes, allBytes));
    long free = Driver.getLong(freeBytes);
    return new DeviceException.OutOfMemory(
        ("%s: %s asked for %,d bytes, %,d of %,d are free; use a smaller batch, or end what else "
                + "runs on the device%n%s")
            .formatted(device.key(), who, requested, free, Driver.getLong(allBytes), this),
        requested,
        free);
  }

  /** Returns one line for every arena name, with its bytes. */
  @Override
  public String toString() {
    Map<String, Long> sums =
        open.stream()
            .collect(
                Collectors.groupingBy(
                    DeviceMemory::name, TreeMap::new, Collectors.summingLong(DeviceMemory::bytes)));
    return sums.entrySet().stream()
        .map(each -> "  arena %-12s %,16d bytes".formatted(each.getKey(), each.getValue()))
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
