package io.github.deit4j.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.report.HtmlPage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The report as a browser shows it: nothing runs out of the page or of a chart, all text is
 * readable, nothing is fetched, nothing is an error.
 */
class ReportInBrowserTest {
  /** A window is never narrower than 500 pixels; a frame is. It has the colours of its page. */
  private static final String FRAME =
      """
      <!DOCTYPE html><html style="color-scheme: light dark"><body>
      <iframe style="width: %dpx; height: 900px; border: 0" srcdoc="%s"></iframe></body></html>
      """;

  private static final String POLICY =
      """
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
      """;

  @TempDir Path folder;
  private Chromium chromium;

  @BeforeEach
  void findChromium() {
    Optional<Chromium> found = Chromium.find(folder);
    assumeTrue(found.isPresent(), "no Chromium in PATH: apt-get install chromium");
    chromium = found.orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"360, false", "360, true", "1280, false", "1280, true"})
  void aFullReport(int width, boolean dark) throws Exception {
    JsonValue found = probe(report(SampleReport.full()), width, dark);
    assertThat(wrong(found)).isEmpty();
    assertThat(found.get("width").asInt()).isEqualTo(width);
    assertThat(found.get("dark").asBoolean()).isEqualTo(dark);
    assertThat(found.get("charts").asInt()).as("charts").isEqualTo(11);
    assertThat(found.get("texts").asInt()).as("texts").isGreaterThan(1000);
  }

  @Test
  void aReportOfNextToNothing() throws Exception {
    JsonValue found = probe(report(SampleReport.empty()), 360, false);
    assertThat(wrong(found)).isEmpty();
    assertThat(found.get("charts").asInt()).isZero();
  }

  @Test
  void theProbeSeesWhatIsWrong() throws Exception {
    String page =
        """
        <!DOCTYPE html><html><head></head><body>
        <p style="width: 700px">wide</p>
        <p style="color: #bbb">pale</p>
        <p style="font-size: 6px">tiny</p>
        <table><tr><td style="max-width: 20px">overflowing</td><td>next</td></tr></table>
        <img src="missing.png">
        <figure class="plot"><svg role="img" viewBox="0 0 10 10" width="10" height="10">
        <text x="900">lost</text></svg></figure>
        <figure class="plot"><table><tr class="u-series"></tr><tr class="u-series"><th><div class="u-marker"
        style="border: 2px solid red"></div>hidden</th></tr></table><canvas></canvas></figure>
        <script>console.error('broken');</script>
        </body></html>
        """;
    List<String> console = new ArrayList<>();
    List<String> wrong = wrong(probe(page, 360, false, console));
    assertThat(String.join("\\n", wrong))
        .contains("page is 7", "contrast 1.", "pale", "too small", "tiny", "request to")
        .contains("series hidden is not to be seen")
        .contains("without a visible mark", "outside of its chart", "lost", "runs out of its box");
    assertThat(console).anySatisfy(line -> assertThat(line).contains("broken"));
  }

  private String report(SuiteReport report) throws IOException {
    SuiteFiles.write(report, folder);
    return Files.readString(folder.resolve("report.html"));
  }

  private JsonValue probe(String page, int width, boolean dark) throws Exception {
    List<String> console = new ArrayList<>();
    JsonValue found = probe(page, width, dark, console);
    assertThat(console).as("console").isEmpty();
    return found;
  }

  private JsonValue probe(String page, int width, boolean dark, List<String> console)
      throws Exception {
    Path copy = folder.resolve("probed.html");
    Files.writeString(
        copy, FRAME.formatted(width, HtmlPage.escape(page.replace("<head>", head()))));
    Chromium.Page seen = chromium.open(copy, dark);
    console.addAll(seen.console());
    String start = "<pre id=\"probe\">";
    int from = seen.dom().indexOf(start);
    assertThat(from).as("the probe's answer in %s", seen).isNotNegative();
    String answer = seen.dom().substring(from + start.length(), seen.dom().indexOf("</pre>", from));
    return Json.read("probe", new String(Base64.getDecoder().decode(answer), UTF_8));
  }

  private static String head() throws IOException {
    try (InputStream in = ReportInBrowserTest.class.getResourceAsStream("probe.js")) {
      return "<head>%s<script>%s</script>".formatted(POLICY, new String(in.readAllBytes(), UTF_8));
    }
  }

  private static List<String> wrong(JsonValue found) throws Exception {
    List<String> wrong = new ArrayList<>();
    for (JsonValue each : found.get("wrong").items()) {
      wrong.add(each.asString());
    }
    return wrong;
  }
}
