package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.measure.ResultTable.Column;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResultTableTest {
  private static final List<Object> GELU = List.of("gelu", 1.25);
  private static final List<Object> ODD = Arrays.asList("a|b", null);

  private final ResultTable<List<Object>> table =
      new ResultTable<>(
          "Ops",
          "",
          List.of(
              Column.text("op", 6, row -> row.get(0)),
              Column.number("median ms", row -> row.get(1))));

  @Test
  void textIsLeftNumbersAreRightAndNullIsADash() {
    assertThat(table.head()).isEqualTo("| op     | median ms |\n|--------|----------:|");
    assertThat(table.line(GELU)).isEqualTo("| gelu   |      1.25 |");
    assertThat(table.line(ODD)).isEqualTo("| a\\|b   |         – |");
  }

  @Test
  void aWholeTableIsAsWideAsItsRowsAndLeavesOutWhatIsEmpty() {
    assertThat(table.text(List.of(GELU)))
        .isEqualTo(
            "## Ops\n\n| op   | median ms |\n|------|----------:|\n| gelu |      1.25 |\n\n");
    assertThat(table.text(List.of(ODD))).contains("| op  |\n").doesNotContain("median");
    assertThat(table.text(List.of())).isEmpty();
  }

  @Test
  void inAPageNumbersAndTextsAreCells() {
    assertThat(table.html(List.of(GELU, ODD)))
        .contains("<th scope=\"row\">gelu</th><td class=\"number\">1.25</td>")
        .contains("<th scope=\"row\">a|b</th>");
  }

  @Test
  void numbersHaveThreeDigits() {
    assertThat(ResultTable.number(0.0123456)).isEqualTo("0.0123");
    assertThat(ResultTable.number(1234.5)).isEqualTo("1230");
    assertThat(ResultTable.number(720_400)).isEqualTo("720\u202f000");
    assertThat(ResultTable.percent(0.12345)).isEqualTo("12.3 %");
    assertThat(ResultTable.percent(null)).isNull();
  }
}
