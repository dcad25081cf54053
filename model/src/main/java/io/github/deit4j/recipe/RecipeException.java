package io.github.deit4j.recipe;

/** A recipe is not valid: the message names the key, what was expected and what was found. */
public final class RecipeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RecipeException(String message) {
    super(message);
  }

  public RecipeException(String where, String key, String expected, String found) {
    super(where + ": " + key + ": expected " + expected + ", found " + found);
  }
}
