package io.github.deit4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of deit4j, as the build has written it. */
public final class Version implements IVersionProvider {
  private static final String RESOURCE = "/io/github/deit4j/version.properties";

  Version() {}

  /** Returns the version, such as {@code 0.1.0}. */
  public static String current() {
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "deit4j " + current(), "Java " + Runtime.version() + ", " + System.getProperty("java.vendor")
    };
  }
}
