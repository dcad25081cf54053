package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class SuiteFilesTest {
  @TempDir Path folder;

  private String write(SuiteReport report) throws IOException {
    SuiteFiles.write(report, folder);
    return Files.readString(folder.resolve("report.html"));
  }

  /** Well-formed XML: every element is closed and every text escaped. */
  private static Document body(String html) throws Exception {
    String body =
        html.substring(html.indexOf("<body>"), html.indexOf("</html>"))
            .replaceAll("(?s)<(script|style)>.*?</\\1>", "");
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(body)));
  }

  @Test
  void everySectionIsThereAndLinked() throws Exception {
    String html = write(SampleReport.full());
    Document body = body(html);
    var links = body.getElementsByTagName("a");
    assertThat(links.getLength()).isEqualTo(11);
    for (int i = 0; i < links.getLength(); i++) {
      String target = links.item(i).getAttributes().getNamedItem("href").getNodeValue();
      assertThat(html).contains("<section id=\"" + target.substring(1) + "\">");
    }
    assertThat(body.getElementsByTagName("figure").getLength()).as("bars").isEqualTo(1);
    assertThat(html)
        .contains("deit_base_distilled_patch16_384", "720\u202f000")
        .contains("data-charts=\"inference\"", "uPlot 1.6.30, MIT", "Permission is hereby granted");
  }

  @Test
  void noisyNumbersAreMarkedAndExplained() throws Exception {
    String html = write(SampleReport.full());
    assertThat(html).contains(">~", "\"noise\":\"clock 12 % below the best");
  }

  @Test
  void textsAreEscapedAndNothingIsFetched() throws Exception {
    for (SuiteReport report : new SuiteReport[] {SampleReport.full(), SampleReport.empty()}) {
      String html = write(report);
      body(html);
      assertThat(html)
          .contains("&lt;img src=x onerror=&quot;fetch(&#39;http://evil.example&#39;)&quot;&gt;")
          .doesNotContain("<img", "<script src", "src=\"", "url(", "@import", "href=\"http");
    }
  }

  @Test
  void whatIsAbsentIsSaid() throws Exception {
    assertThat(write(SampleReport.empty()))
        .contains("the time budget of 1 s was spent")
        .doesNotContain("<h2>Inference</h2>", "<h2>Noisy</h2>");
  }
}
