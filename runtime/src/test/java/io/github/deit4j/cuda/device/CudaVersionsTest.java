package io.github.deit4j.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.CudaProvider;
import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Devices, drivers and libraries that are not there or do not go together. */
class CudaVersionsTest {
  private final CudaStandIn standIn = CudaStandIn.require();

  @AfterEach
  void nothingIsLeft() {
    standIn.requireClean();
  }

  private static Backend open(int device) {
    return new CudaBackend(device, Precision.FP32);
  }

  @ParameterizedTest
  @CsvSource({
    "driverVersion, 11080, 'the driver knows CUDA 11.8, expected 12.0 or newer; update it'",
    "driverVersion, 12080, 'cuBLAS is version 13.0, expected 12 to 12, as the driver knows CUDA 12.8'",
    "cublasVersion, 110500, 'cuBLAS is version 11.5, expected 12 to 13'",
    "cublasVersion, 140000, 'cuBLAS is version 14.0, expected 12 to 13'",
    "nvrtcVersion, 14000, 'NVRTC is version 14.0, expected 12 to 13'",
    "major, 7, 'Stand-in 0) has compute capability 7.0, expected 8.0 or newer'",
    "major, 13, 'NVRTC 13.0 cannot compile for sm_130'"
  })
  void whatIsTooOldOrTooNewIsNamed(String setting, int version, String reason) {
    standIn.set(setting, version);
    assertThatExceptionOfType(DeviceException.Incompatible.class)
        .isThrownBy(() -> open(0))
        .withMessageContaining(reason);
  }

  @Test
  void olderLibrariesOfADriversGenerationAreFine() {
    standIn.set("driverVersion", 12040);
    standIn.set("cublasVersion", 120805);
    standIn.set("nvrtcVersion", 12080);
    try (Backend backend = open(0)) {
      assertThat(backend.description())
          .contains("driver for CUDA 12.4", "cuBLAS 12.8", "NVRTC 12.8", "compute capability 9.0");
    }
  }

  @Test
  void machineWithoutDevicesIsNamed() {
    standIn.set("devices", 0);
    assertThatExceptionOfType(DeviceException.NotFound.class)
        .isThrownBy(() -> open(0))
        .withMessageContainingAll("backend cuda", "sees no device", "nvidia-smi");
  }

  @Test
  void deviceOfTheWrongNumberIsNamed() {
    assertThatExceptionOfType(DeviceException.NotFound.class)
        .isThrownBy(() -> open(1))
        .withMessage("cuda:1: expected cuda:0, as the driver sees 1 device");
    standIn.set("devices", 3);
    assertThatExceptionOfType(DeviceException.NotFound.class)
        .isThrownBy(() -> open(3))
        .withMessage("cuda:3: expected cuda:0 to cuda:2, as the driver sees 3 devices");
    try (Backend backend = open(2)) {
      assertThat(backend.name()).isEqualTo("cuda:2");
      assertThat(backend.description()).contains("Stand-in 2");
    }
  }

  @Test
  void autoTakesTheDeviceIfThereIsOne() {
    try (Backend backend = Backends.select("auto", 1).backend()) {
      assertThat(backend.name()).isEqualTo("cuda:0");
    }
  }

  @Test
  void autoTellsInOneLineWhyItFallsBack() {
    standIn.set("devices", 0);
    Backends.Selection selection = Backends.select("auto", 1);
    try (Backend backend = selection.backend()) {
      assertThat(backend.name()).isEqualTo("cpu");
      assertThat(selection.reason())
          .doesNotContain("\n")
          .contains("backend cuda", "sees no device");
    }
  }

  @Test
  void inventoryHasEveryPartAndGoesOnWhereOneIsUnfit() {
    standIn.set("devices", 2);
    standIn.set("cublasVersion", 110000);
    Map<String, String> parts = new CudaProvider().parts();
    assertThat(parts)
        .containsOnlyKeys("cuda driver", "cuda:0", "cuda:1", "cublas", "nvrtc", "nccl");
    assertThat(parts.get("cuda driver")).startsWith("13.0, loaded from ").contains("libcuda.so.1");
    assertThat(parts.get("cuda:1"))
        .isEqualTo("Stand-in 1, compute capability 9.0, 132 multiprocessors, 2.0 GiB");
    assertThat(parts.get("cublas")).contains("cuBLAS is version 11.0");
    assertThat(parts.get("nvrtc")).startsWith("13.0, loaded from ").contains("libnvrtc.so.13");
    assertThat(parts.get("nccl")).startsWith("2.27.3, loaded from ").contains("libnccl.so.2");
  }

  @ParameterizedTest
  @CsvSource({"21602, 2.16.2", "21599, '2.15.99, expected 2.16.0 or newer'", "2708, '2.7.8, exp'"})
  void inventoryTellsWhetherNcclIsNewEnough(int version, String line) {
    standIn.set("ncclVersion", version);
    assertThat(new CudaProvider().parts().get("nccl")).startsWith(line).contains("loaded from");
  }

  @Test
  void inventoryGoesOnWhereNcclFails() {
    standIn.failAt("ncclGetVersion", 1, 0);
    assertThat(new CudaProvider().parts().get("nccl"))
        .startsWith("ncclGetVersion: unhandled system error (2)");
  }

  @Test
  void ranksTakeTurnsOfTheDevices() {
    standIn.set("devices", 2);
    assertThat(IntStream.range(0, 4).mapToObj(rank -> Backends.ofRank("cuda", rank)))
        .containsExactly("cuda:0", "cuda:1", "cuda:0", "cuda:1");
    assertThat(Backends.ofRank("cuda:0", 1)).isEqualTo("cuda:0");
    assertThat(Backends.ofRank("cpu", 1)).isEqualTo("cpu");
    standIn.set("devices", 0);
    assertThatExceptionOfType(DeviceException.NotFound.class)
        .isThrownBy(() -> Backends.ofRank("cuda", 1))
        .withMessageContaining("sees no device");
  }

  @Test
  void inventoryTellsThatThereIsNoDevice() {
    standIn.set("devices", 0);
    assertThat(new CudaProvider().parts())
        .hasSize(1)
        .hasEntrySatisfying("cuda driver", line -> assertThat(line).contains("sees no device"));
  }

  @Test
  void otherBackendsStayUsableAfterAFailure() {
    standIn.set("major", 7);
    assertThatExceptionOfType(DeviceException.class).isThrownBy(() -> open(0));
    try (Backend backend = Backends.select("cpu", 1).backend()) {
      assertThat(backend.name()).isEqualTo("cpu");
    }
  }
}
