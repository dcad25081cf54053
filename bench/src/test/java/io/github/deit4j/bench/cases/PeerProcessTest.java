package io.github.deit4j.bench.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.device.DeviceException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerProcessTest {
  @TempDir Path folder;

  private PeerProcess start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            FakePeer.class.getName());
    return new PeerProcess("peer:pytorch", builder, folder.resolve("log"));
  }

  @Test
  void ordersAreAnsweredWhateverElseIsPrinted() throws IOException {
    try (PeerProcess peer = start()) {
      assertThat(peer.name()).isEqualTo("peer:pytorch");
      assertThat(peer.configuration()).isEqualTo("fake 1.0");
      assertThat(peer.time(2, 3)).isEqualTo(12345);
      peer.requireSameResults(new float[] {1.0005f, -2.5f});
      assertThatThrownBy(() -> peer.requireSameResults(new float[] {1.01f, -2.5f}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("peer:pytorch computes something else");
    }
  }

  @Test
  void aPeerThatEndsTellsWhatItSaidLast() throws IOException {
    try (PeerProcess peer = start()) {
      assertThatThrownBy(() -> peer.time(0, 4))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("peer:pytorch has ended")
          .hasMessageContaining("cannot go on");
    }
  }

  @Test
  void toleranceIsRelativeToTheLargestNumber() {
    assertThat(PeerProcess.agree(new float[] {100, 1}, new float[] {100, 1.09f})).isTrue();
    assertThat(PeerProcess.agree(new float[] {100, 1}, new float[] {100, 1.11f})).isFalse();
    assertThat(PeerProcess.agree(new float[] {1}, new float[] {Float.NaN})).isFalse();
    assertThat(PeerProcess.agree(new float[] {1}, new float[] {1, 1})).isFalse();
  }

  @Test
  void peersThatWereNotMadeAreAnError() {
    ModelCase model = new ModelCase("fashion-mnist", ModelCase.Mode.INFERENCE, 1);
    assertThatThrownBy(() -> Peer.PYTORCH.start(folder, model, 1))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("mvn -Ppeers");
  }
}
