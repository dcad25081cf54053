package io.github.deit4j.report;

import java.util.List;

/**
 * A table with its explanation, as Markdown and as HTML.
 *
 * @param title of the table
 * @param note what it shows
 * @param header names of the columns
 * @param rows cells, as many as columns
 */
record Table(String title, String note, List<String> header, List<List<String>> rows) {
  String markdown() {
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

  String html() {
    StringBuilder html = new StringBuilder("<h2>").append(Html.escape(title)).append("</h2>\n<p>");
    html.append(Html.escape(note)).append("</p>\n<div class=\"table\"><table>\n<thead><tr>");
    header.forEach(
        name -> html.append("<th scope=\"col\">").append(Html.escape(name)).append("</th>"));
    html.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : rows) {
      html.append("<tr><th scope=\"row\">").append(Html.escape(row.getFirst())).append("</th>");
      row.stream()
          .skip(1)
          .forEach(cell -> html.append("<td>").append(Html.escape(cell)).append("</td>"));
      html.append("</tr>\n");
    }
    return html.append("</tbody></table></div>\n").toString();
  }
}
