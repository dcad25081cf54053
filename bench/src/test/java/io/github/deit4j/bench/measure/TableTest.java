package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  private final StringWriter out = new StringWriter();
  private final Table table =
      new Table(
          new PrintWriter(out),
          List.of(Table.Column.text("op", 6), Table.Column.number("median ms", 2)));

  @Test
  void textIsLeftNumbersAreRightAndNullIsADash() {
    table.add("gelu", 1.25);
    table.add("linear", 12345);
    table.add("add", null);
    assertThat(out.toString().lines())
        .containsExactly(
            "op      median ms", "gelu         1.25", "linear   12345.00", "add             -");
  }

  @Test
  void everyColumnWantsAValue() {
    assertThatThrownBy(() -> table.add("gelu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected 2 values, found 1");
  }
}
