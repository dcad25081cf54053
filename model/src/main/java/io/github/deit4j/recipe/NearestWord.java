package io.github.deit4j.recipe;

import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;

/** What somebody may have meant who wrote a word that there is not. */
final class NearestWord {
  /** Keys by what timm, the reference code and other tools call them. */
  static final Map<String, String> ALIASES =
      Map.ofEntries(
          Map.entry("learning-rate", "lr"),
          Map.entry("batch-size", "batch"),
          Map.entry("num-epochs", "epochs"),
          Map.entry("patience", "early-stop"),
          Map.entry("early-stopping", "early-stop"),
          Map.entry("class-weight", "class-weights"),
          Map.entry("class-balance", "sampling"),
          Map.entry("layer-wise-decay", "layer-decay"),
          Map.entry("llrd", "layer-decay"),
          Map.entry("freeze-backbone", "freeze"),
          Map.entry("linear-probe", "freeze"),
          Map.entry("gradient-accumulation", "accumulate"),
          Map.entry("grad-accum-steps", "accumulate"),
          Map.entry("input-size", "image-size"),
          Map.entry("img-size", "image-size"),
          Map.entry("label-smoothing", "smoothing"),
          Map.entry("weights", "finetune"),
          Map.entry("pretrained", "finetune"),
          Map.entry("initial-checkpoint", "finetune"),
          Map.entry("opt", "optimizer"),
          Map.entry("wd", "weight-decay"),
          Map.entry("clip-grad", "clip"),
          Map.entry("aa", "auto-augment"),
          Map.entry("hflip", "flip"),
          Map.entry("reprob", "erase"),
          Map.entry("remode", "erase-mode"),
          Map.entry("recount", "erase-count"),
          Map.entry("teacher-temperature", "tau"),
          Map.entry("validation-split", "val-split"),
          Map.entry("num-layers", "depth"),
          Map.entry("embed-dim", "width"),
          Map.entry("num-heads", "heads"));

  private NearestWord() {}

  /**
   * Returns the word with the least edit distance, the first of several; empty where none is near
   * enough to be meant. Underscores count as hyphens, and what other tools call a word is that
   * word.
   */
  static Optional<String> to(String written, Collection<String> words) {
    String word = written.replace('_', '-');
    String meant = ALIASES.get(word);
    if (meant != null && words.contains(meant)) {
      return Optional.of(meant);
    }
    return words.stream()
        .min(Comparator.comparingInt(each -> distance(word, each)))
        .filter(each -> distance(word, each) <= (word.length() + 1) / 3);
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
