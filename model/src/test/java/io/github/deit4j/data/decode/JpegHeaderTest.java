package io.github.deit4j.data.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The rules of libjpeg for the colours of a file. */
class JpegHeaderTest {
  private static final String START = "FFD8";
  private static final String SCAN = "FFDA0008";
  private static final String JFIF = "FFE00010" + "4A46494600" + "010100000100010000";

  @Test
  void aJfifFileIsYcc() {
    assertThat(read(START + JFIF + adobe(0) + frame("RGB") + SCAN).storesYcc()).isTrue();
  }

  @Test
  void adobesTransformDecidesWithoutJfif() {
    assertThat(read(START + adobe(0) + frame("\1\2\3") + SCAN).storesYcc()).isFalse();
    assertThat(read(START + adobe(1) + frame("RGB") + SCAN).storesYcc()).isTrue();
  }

  @Test
  void theComponentsNamesDecideWithoutMarkers() {
    assertThat(read(START + frame("RGB") + SCAN).storesYcc()).isFalse();
    assertThat(read(START + frame("\1\2\3") + SCAN).storesYcc()).isTrue();
    assertThat(read(START + frame("\0\1\2") + SCAN).storesYcc()).isTrue();
  }

  @Test
  void fourComponentsAreYcckOnlyIfAdobeSaysSo() {
    assertThat(read(START + adobe(2) + frame("\1\2\3\4") + SCAN).storesYcck()).isTrue();
    assertThat(read(START + adobe(1) + frame("\1\2\3\4") + SCAN).storesYcck()).isTrue();
    assertThat(read(START + adobe(0) + frame("\1\2\3\4") + SCAN).storesYcck()).isFalse();
    assertThat(read(START + frame("\1\2\3\4") + SCAN).storesYcck()).isFalse();
  }

  @Test
  void skipsFillBytesAndStopsAtTheScan() {
    assertThat(read(START + "FFFF" + frame("RGB") + SCAN).storesYcc()).isFalse();
    assertThat(read(START + SCAN + frame("RGB")).storesYcc()).isTrue();
  }

  @Test
  void takesAnyPartOfAFile() {
    byte[] file = HexFormat.of().parseHex(START + JFIF + adobe(2) + frame("RGB") + SCAN);
    for (int length = 0; length < file.length; length++) {
      assertThat(JpegHeader.read(Arrays.copyOf(file, length))).isNotNull();
    }
  }

  private static JpegHeader read(String hex) {
    return JpegHeader.read(HexFormat.of().parseHex(hex));
  }

  private static String adobe(int transform) {
    return "FFEE000E" + "41646F6265" + "0064" + "0000" + "0000" + "%02X".formatted(transform);
  }

  private static String frame(String componentIds) {
    var body = new StringBuilder("08" + "00100010" + "%02X".formatted(componentIds.length()));
    for (byte id : componentIds.getBytes(StandardCharsets.ISO_8859_1)) {
      body.append("%02X".formatted(id)).append("1100");
    }
    return "FFC0" + "%04X".formatted(body.length() / 2 + 2) + body;
  }
}
