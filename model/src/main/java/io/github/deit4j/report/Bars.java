package io.github.deit4j.report;

import java.util.List;
import java.util.Locale;

/**
 * Horizontal bars, each with its name above and its numbers at the end, so that they are read on a
 * narrow screen as well.
 */
public final class Bars {
  /** Colours of report.css, from which bars take theirs in turn. */
  private static final int STYLES = 8;

  private Bars() {}

  /**
   * A bar.
   *
   * @param name what it is of
   * @param length in the unit of all bars
   * @param text its number, as it is shown
   * @param style colour
   */
  public record Bar(String name, double length, String text, int style) {}

  /**
   * Returns a figure in HTML.
   *
   * @param title above the figure
   * @param full the length of a bar that fills the width
   */
  public static String figure(String title, double full, List<Bar> bars) {
    StringBuilder html = new StringBuilder("<figure class=\"bars\"><figcaption>");
    html.append(HtmlPage.escape(title)).append("</figcaption>\n<ul>\n");
    for (Bar bar : bars) {
      html.append(
          String.format(
              Locale.ROOT,
              "<li><span class=\"name\">%s</span> <span class=\"value\">%s</span>"
                  + "<svg viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
                  + "<rect class=\"track\" width=\"100\" height=\"6\"/>"
                  + "<rect class=\"bar s%d\" width=\"%.2f\" height=\"6\"/></svg></li>\n",
              HtmlPage.escape(bar.name()),
              HtmlPage.escape(bar.text()),
              bar.style() % STYLES,
              Math.clamp(100 * bar.length() / full, 0, 100)));
    }
    return html.append("</ul></figure>\n").toString();
  }
}
