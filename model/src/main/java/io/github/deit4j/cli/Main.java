package io.github.deit4j.cli;

/** The program behind the launcher {@code deit}. */
public final class Main {
  private Main() {}

  /**
   * Placeholder: knows no command yet.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.err.println("usage: deit COMMAND [OPTIONS]");
    System.exit(2);
  }
}
