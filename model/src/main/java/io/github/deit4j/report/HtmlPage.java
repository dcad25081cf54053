package io.github.deit4j.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;

/**
 * The frame of all reports: a page that needs no network and no script, in light or dark colours,
 * on a screen of any width.
 */
public final class HtmlPage {
  private HtmlPage() {}

  /**
   * Returns a whole page.
   *
   * @param title plain text
   * @param body HTML
   */
  public static String of(String title, String body) throws IOException {
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>deit4j: %s</title>
        <style>
        %s</style>
        </head>
        <body>
        <h1>%s</h1>
        %s</body>
        </html>
        """
        .formatted(Html.escape(title), style(), Html.escape(title), body);
  }

  private static String style() throws IOException {
    try (InputStream css = HtmlPage.class.getResourceAsStream("report.css")) {
      return new String(css.readAllBytes(), UTF_8);
    }
  }
}
