package io.github.deit4j.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;

/**
 * The frame of all reports: one file that needs no network, in light or dark colours, on a screen
 * of any width. Charts are drawn by uPlot (MIT licence, {@code org.webjars.npm:uplot}), which is
 * copied into the page; what they show must stand in tables as well, for readers without scripts.
 */
public final class HtmlPage {
  private static final String UPLOT = "META-INF/resources/webjars/uplot/1.6.30/";
  private static final String OWN = "io/github/deit4j/report/";

  private HtmlPage() {}

  /**
   * Returns a whole page in which {@code uPlot} can be called.
   *
   * @param title plain text
   * @param body HTML
   * @param script JavaScript that draws; runs when the page is read, and must not have text from
   *     elsewhere in it that could end a script element
   * @throws IOException if uPlot's jar is not on the class path
   */
  public static String withCharts(String title, String body, String script) throws IOException {
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>deit4j: %1$s</title>
        <style>
        %2$s
        %3$s</style>
        </head>
        <body>
        <h1>%1$s</h1>
        %4$s<p class="note">Charts by uPlot 1.6.30, MIT licence.</p>
        <script>
        /*
        uPlot 1.6.30

        %5$s*/
        %6$s
        %7$s</script>
        </body>
        </html>
        """
        .formatted(
            escape(title),
            resource(UPLOT + "dist/uPlot.min.css"),
            resource(OWN + "report.css"),
            body,
            resource(UPLOT + "LICENSE"),
            resource(UPLOT + "dist/uPlot.iife.min.js"),
            script);
  }

  /** As {@link #withCharts(String, String, String)}, with the figures of {@link Curves#figure}. */
  static String withCurves(String title, String body) throws IOException {
    return withCharts(title, body, resource(OWN + "curves.js"));
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = HtmlPage.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(
            "report: expected %s on the class path, found no such resource; add the jar uplot 1.6.30"
                .formatted(name));
      }
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  /** Returns a text that shows as it is, in an element or in a quoted attribute. */
  public static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    text.codePoints().forEach(c -> append(escaped, c));
    return escaped.toString();
  }

  private static void append(StringBuilder escaped, int c) {
    switch (c) {
      case '&' -> escaped.append("&amp;");
      case '<' -> escaped.append("&lt;");
      case '>' -> escaped.append("&gt;");
      case '"' -> escaped.append("&quot;");
      case '\'' -> escaped.append("&#39;");
      default -> escaped.appendCodePoint(isAllowed(c) ? c : 0xfffd);
    }
  }

  /** HTML has no way to write most control characters and halves of surrogate pairs. */
  private static boolean isAllowed(int c) {
    return c == '\n' || c == '\t' || (!Character.isISOControl(c) && (c < 0xd800 || c > 0xdfff));
  }
}
