package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A device of this machine.
 *
 * @param ordinal its number, from 0
 * @param handle the driver's
 * @param major the first number of its compute capability
 * @param memory all of its memory in bytes
 * @param sharedMemory the most bytes of shared memory that a block may have on request
 */
public record DeviceInfo(
    int ordinal,
    int handle,
    String name,
    int major,
    int minor,
    long memory,
    int multiprocessors,
    int sharedMemory) {
  private static final int NAME_BYTES = 256;
  private static final int UUID_BYTES = 16;

  /** Looks at all devices. The driver must have been initialised. */
  static List<DeviceInfo> all() {
    return IntStream.range(0, count()).mapToObj(DeviceInfo::of).toList();
  }

  /** Returns how many there are. The driver must have been initialised. */
  static int count() {
    return Driver.getInt(Driver.returned("cuDeviceGetCount", Cuda::cuDeviceGetCount));
  }

  /** Returns the failure of a machine without devices. */
  static DeviceException.NotFound none() {
    return new DeviceException.NotFound(
        "backend cuda: the driver sees no device; look at nvidia-smi and CUDA_VISIBLE_DEVICES");
  }

  /**
   * Looks at one device.
   *
   * @throws DeviceException.NotFound if there is none of this number
   */
  static DeviceInfo require(int ordinal) {
    int devices = count();
    if (devices == 0) {
      throw none();
    }
    if (ordinal >= devices) {
      throw new DeviceException.NotFound(
          "cuda:%d: expected cuda:0%s, as the driver sees %d device%s"
              .formatted(
                  ordinal,
                  devices == 1 ? "" : " to cuda:" + (devices - 1),
                  devices,
                  devices == 1 ? "" : "s"));
    }
    return of(ordinal);
  }

  private static DeviceInfo of(int ordinal) {
    int device = Driver.getInt(Driver.returned("cuDeviceGet", to -> Cuda.cuDeviceGet(to, ordinal)));
    MemorySegment name = Arena.ofAuto().allocate(NAME_BYTES);
    Driver.check("cuDeviceGetName", Cuda.cuDeviceGetName(name, NAME_BYTES, device));
    MemorySegment memory =
        Driver.returned("cuDeviceTotalMem", to -> Cuda.cuDeviceTotalMem_v2(to, device));
    return new DeviceInfo(
        ordinal,
        device,
        name.getString(0),
        attribute(Cuda.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR(), device),
        attribute(Cuda.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR(), device),
        Driver.getLong(memory),
        attribute(Cuda.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT(), device),
        attribute(Cuda.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN(), device));
  }

  private static int attribute(int attribute, int device) {
    return Driver.getInt(
        Driver.returned(
            "cuDeviceGetAttribute", to -> Cuda.cuDeviceGetAttribute(to, attribute, device)));
  }

  /** Returns the name by which it is chosen, such as {@code cuda:0}. */
  String key() {
    return "cuda:" + ordinal;
  }

  /** Returns what no other device has, of any machine. */
  byte[] uuid() {
    MemorySegment uuid = Arena.ofAuto().allocate(UUID_BYTES);
    Driver.check(key() + ": cuDeviceGetUuid", Cuda.cuDeviceGetUuid_v2(uuid, handle));
    return uuid.toArray(ValueLayout.JAVA_BYTE);
  }

  /** Returns the architecture that the compiler must compile for, such as {@code sm_90}. */
  String architecture() {
    return "sm_%d%d".formatted(major, minor);
  }

  /** Returns one line: product, compute capability, multiprocessors, memory. */
  public String description() {
    return "%s, compute capability %d.%d, %d multiprocessors, %.1f GiB"
        .formatted(name, major, minor, multiprocessors, memory / (double) (1 << 30));
  }
}
