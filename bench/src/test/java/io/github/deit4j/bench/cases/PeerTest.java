package io.github.deit4j.bench.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerTest {
  @TempDir Path folder;

  private Peer start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            FakePeer.class.getName());
    return new Peer("peer:pytorch", builder, folder.resolve("log"));
  }

  @Test
  void ordersAreAnsweredWhateverElseIsPrinted() throws IOException {
    try (Peer peer = start()) {
      assertThat(peer.configuration()).isEqualTo("fake 1.0");
      assertThat(peer.time(2, 3)).isEqualTo(12345);
      Peer.requireSame("peer", new float[] {1.0005f, -2.5f}, peer.check());
    }
  }

  @Test
  void aPeerThatEndsTellsWhatItSaidLast() throws IOException {
    try (Peer peer = start()) {
      assertThatThrownBy(() -> peer.time(0, 4))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("peer:pytorch has ended")
          .hasMessageContaining("cannot go on");
    }
  }

  @Test
  void toleranceIsRelativeToTheLargestNumber() {
    Peer.requireSame("peer", new float[] {100, 1}, new float[] {100, 1.09f});
    differ(new float[] {100, 1}, new float[] {100, 1.11f});
    differ(new float[] {1.01f, -2.5f}, new float[] {1, -2.5f});
    differ(new float[] {1}, new float[] {Float.NaN});
    differ(new float[] {1}, new float[] {1, 1});
  }

  private static void differ(float[] expected, float[] found) {
    assertThatThrownBy(() -> Peer.requireSame("peer", expected, found))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("peer computes something else");
  }

  @Test
  void peersThatWereNotMadeAreAnError() {
    ModelCase model = new ModelCase("fashion-mnist", Section.INFERENCE, 1);
    assertThatThrownBy(
            () -> Peer.start(Peer.Library.PYTORCH.contestant(Precision.FP32), folder, model, 1))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("mvn -Ppeers");
  }
}
