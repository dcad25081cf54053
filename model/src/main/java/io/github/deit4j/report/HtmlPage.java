package io.github.deit4j.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The frame of all reports: one file that needs no network, in light or dark colours, on a screen
 * of any width. Charts are drawn by uPlot (MIT licence, {@code org.webjars.npm:uplot}), which is
 * copied into the page; what they show must stand in tables as well, for readers without scripts.
 */
public final class HtmlPage {
  private static final String UPLOT = "META-INF/resources/webjars/uplot/1.6.30/";
  private static final String SCRIPT = "<script>";

  private HtmlPage() {}

  /**
   * Returns a whole page in which {@code uPlot} can be called.
   *
   * @param title plain text
   * @param body HTML
   * @param script JavaScript that draws; runs when the page is read, and must not have text from
   *     elsewhere in it that could end a script element
   * @throws IOException if uPlot's jar is not on the class path or module path
   */
  public static String withCharts(String title, String body, String script) throws IOException {
    String frame =
        """
        %s<p class="note">Charts by uPlot 1.6.30, MIT licence.</p>
        <script>
        /*
        uPlot 1.6.30

        %s*/
        %s
        %s</script>
        """
            .formatted(body, uPlot("LICENSE"), uPlot("dist/uPlot.iife.min.js"), script);
    return page(title, uPlot("dist/uPlot.min.css"), frame);
  }

  private static String page(String title, String style, String frame) throws IOException {
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>deit4j: %1$s</title>
        <link rel="icon" href="data:,">
        <style>
        %2$s
        %3$s</style>
        </head>
        <body>
        <h1>%1$s</h1>
        %4$s</body>
        </html>
        """
        .formatted(escape(title), style, own("report.css"), frame);
  }

  /**
   * As {@link #withCharts(String, String, String)}, with the figures of {@link Curves#figure}. A
   * program that embeds the library may have no uPlot: the page then has their tables only.
   */
  static String withCurves(String title, String body) throws IOException {
    if (loader().getResource(UPLOT + "LICENSE") == null) {
      String note =
          """
          <p class="note">Without charts, for which the jar org.webjars.npm:uplot 1.6.30 was not \
          there when this page was written: the tables have their numbers.</p>
          """;
      return page(title, "", body + note);
    }
    return withCharts(title, body, own("curves.js"));
  }

  /**
   * As {@link #withCurves}, of a page that goes on: what stands in its {@code main} is replaced by
   * what the path {@code live} answers, every few seconds.
   */
  static String live(String title, String body) throws IOException {
    String frame =
        """
        <p id="connection" role="status"></p>
        <noscript><p class="note">Without scripts: reload the page to see what is new.</p></noscript>
        <main id="live">
        %s</main>
        """
            .formatted(body);
    return withCharts(title, frame, own("curves.js") + own("live.js"));
  }

  /**
   * Returns the Content-Security-Policy of a page that is served: no script but the page's own,
   * nothing from elsewhere, and no other site may show it in a frame.
   *
   * @param page as made here, or any other, whose scripts then don't run
   */
  public static String policy(String page) {
    int start = page.indexOf(SCRIPT) + SCRIPT.length();
    int end = page.indexOf("</script>", start);
    String script = page.contains(SCRIPT) && end >= 0 ? page.substring(start, end) : "";
    byte[] digest;
    try {
      digest = MessageDigest.getInstance("SHA-256").digest(script.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    return ("default-src 'none'; script-src 'sha256-%s'; style-src 'unsafe-inline'; img-src data:;"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        .formatted(Base64.getEncoder().encodeToString(digest));
  }

  private static ClassLoader loader() {
    return HtmlPage.class.getClassLoader();
  }

  private static String uPlot(String name) throws IOException {
    try (InputStream in = loader().getResourceAsStream(UPLOT + name)) {
      if (in == null) {
        throw new IOException(
            "report: expected %s of uPlot 1.6.30, found no such resource; add the jar org.webjars.npm:uplot"
                .formatted(name));
      }
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  /** By our class, to which alone a module shows what lies beside it. */
  private static String own(String name) throws IOException {
    try (InputStream in = HtmlPage.class.getResourceAsStream(name)) {
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
