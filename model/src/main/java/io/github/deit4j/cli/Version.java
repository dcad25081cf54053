package io.github.deit4j.cli;

import io.github.deit4j.run.Environment;
import picocli.CommandLine.IVersionProvider;

/** The version of deit4j, as the build has written it. */
public final class Version implements IVersionProvider {
  Version() {}

  /** Returns the version, such as {@code 0.1.0}. */
  public static String current() {
    return Environment.currentVersion();
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "deit4j " + current(), "Java " + Runtime.version() + ", " + System.getProperty("java.vendor")
    };
  }
}
