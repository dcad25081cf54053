package io.github.deit4j.data.set;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.input.InputFiles;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads comma-separated values strictly as RFC 4180 has them: a field is quoted or has no quote in
 * it, a quoted one may hold commas, line ends and doubled quotes, lines end with LF or CRLF. A byte
 * order mark in front, which spreadsheets write, is skipped.
 */
public final class CsvReader {
  private static final int END = -1;

  private final String source;
  private final String text;
  private int at;
  private int line = 1;
  private int rowLine;

  CsvReader(String source, String text) {
    this.source = source;
    this.text = text;
    this.at = text.startsWith("\uFEFF") ? 1 : 0;
  }

  /** Returns a field as it stands in a file: quoted where it has to be. */
  public static String field(String text) {
    boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  /**
   * Reads a file.
   *
   * @param columns what it should have, for messages
   * @throws DatasetException if it is missing, too large, or not text
   */
  static CsvReader open(Path file, List<String> columns) throws DatasetException {
    try {
      return new CsvReader(
          file.toString(),
          InputFiles.readText(
              file, Limit.LIST_BYTES, problem -> new DatasetException(file + ": " + problem)));
    } catch (DatasetException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new DatasetException(
          "%s: expected a list of images with the columns %s, found no file"
              .formatted(file, columns),
          e);
    } catch (CharacterCodingException e) {
      throw new DatasetException(file + ": expected text in UTF-8, found other bytes", e);
    } catch (IOException e) {
      throw new DatasetException(file + ": can't be read: " + e, e);
    }
  }

  /** Returns the fields of the next row, or null at the end. */
  List<String> next() throws DatasetException {
    if (peek() == END) {
      return null;
    }
    rowLine = line;
    List<String> row = new ArrayList<>();
    do {
      row.add(field());
    } while (skip(','));
    endLine();
    return row;
  }

  /** Returns the file and the line on which the last row began, for messages. */
  String where() {
    return source + ", line " + rowLine;
  }

  private int peek() {
    return at < text.length() ? text.charAt(at) : END;
  }

  private boolean skip(char wanted) {
    boolean found = peek() == wanted;
    at += found ? 1 : 0;
    return found;
  }

  private String field() throws DatasetException {
    if (skip('"')) {
      return quoted();
    }
    int from = at;
    while (peek() != END && ",\r\n".indexOf(peek()) < 0) {
      if (peek() == '"') {
        throw error("a field with a quote in it to be quoted, and that quote doubled");
      }
      at++;
    }
    return text.substring(from, at);
  }

  private String quoted() throws DatasetException {
    StringBuilder field = new StringBuilder();
    while (!skip('"') || peek() == '"') { // a doubled one is a quote
      if (peek() == END) {
        throw error("a quote at the end of a quoted field");
      }
      line += peek() == '\n' ? 1 : 0;
      field.append(text.charAt(at++));
    }
    return field.toString();
  }

  private void endLine() throws DatasetException {
    boolean cr = skip('\r');
    if (!skip('\n') && (cr || peek() != END)) {
      throw error(cr ? "LF after CR" : "a comma or the line's end behind a quoted field");
    }
    line++;
  }

  private DatasetException error(String expected) {
    return new DatasetException("%s: not valid CSV: expected %s", where(), expected);
  }
}
