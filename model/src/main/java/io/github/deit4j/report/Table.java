package io.github.deit4j.report;

import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A table with its explanation, as Markdown and as HTML.
 *
 * @param title of the table
 * @param note what it shows
 * @param header names of the columns
 * @param rows cells, as many as columns
 */
public record Table(String title, String note, List<String> header, List<List<String>> rows) {
  /** Returns it with its title as a heading. */
  public String markdown() {
    StringBuilder text = new StringBuilder("## ").append(title).append("\n\n");
    text.append(note).append("\n\n");
    line(text, header);
    line(text, header.stream().map(name -> "---").toList());
    rows.forEach(row -> line(text, row));
    return text.append('\n').toString();
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** Returns it with its title as a heading; columns of numbers are set to the right. */
  public String html() {
    StringBuilder html = new StringBuilder("<h2>").append(HtmlPage.escape(title)).append("</h2>\n");
    return html.append(body()).toString();
  }

  /** Returns it without its title. */
  public String body() {
    BitSet numeric = new BitSet();
    IntStream.range(1, header.size()).filter(this::isNumeric).forEach(numeric::set);
    StringBuilder html = new StringBuilder();
    if (!note.isEmpty()) {
      html.append("<p>").append(HtmlPage.escape(note)).append("</p>\n");
    }
    html.append("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"")
        .append(HtmlPage.escape(title))
        .append("\"><table>\n<thead><tr>");
    for (int column = 0; column < header.size(); column++) {
      html.append(cell("th", " scope=\"col\"", numeric.get(column), header.get(column)));
    }
    html.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : rows) {
      html.append("<tr>").append(cell("th", " scope=\"row\"", false, row.getFirst()));
      for (int column = 1; column < row.size(); column++) {
        html.append(cell("td", "", numeric.get(column), row.get(column)));
      }
      html.append("</tr>\n");
    }
    return html.append("</tbody></table></div>\n").toString();
  }

  private static String cell(String tag, String scope, boolean numeric, String text) {
    String type = numeric ? " class=\"number\"" : "";
    return "<" + tag + scope + type + ">" + HtmlPage.escape(text) + "</" + tag + ">";
  }

  private boolean isNumeric(int column) {
    List<String> filled =
        rows.stream().map(row -> row.get(column)).filter(cell -> !cell.isEmpty()).toList();
    return !filled.isEmpty() && filled.stream().allMatch(Table::isNumber);
  }

  private static boolean isNumber(String cell) {
    return cell.matches("[-+–]|[-+]?[0-9.\u202f]+(e-?[0-9]+)?( .{1,12})?");
  }
}
