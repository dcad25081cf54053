package io.github.deit4j.report;

/** Text as HTML and SVG take it. */
public final class Html {
  private Html() {}

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
