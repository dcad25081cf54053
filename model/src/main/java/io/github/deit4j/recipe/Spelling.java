package io.github.deit4j.recipe;

import java.util.Collection;
import java.util.Comparator;

/** Finds what a misspelled word may have meant. */
final class Spelling {
  private Spelling() {}

  /** Returns the word with the least edit distance; the first of several. */
  static String nearest(String word, Collection<String> words) {
    return words.stream().min(Comparator.comparingInt(w -> distance(word, w))).orElseThrow();
  }

  /** Returns the least number of inserted, deleted and replaced characters (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j - 1], row[j]));
      }
    }
    return row[b.length()];
  }
}
