package io.github.deit4j.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** Files of the program itself. */
final class Resources {
  private static final String ROOT = "/io/github/deit4j/";

  private Resources() {}

  /** Returns a file's text, by its name below our root package. */
  static String text(String name) {
    try (InputStream in = Resources.class.getResourceAsStream(ROOT + name)) {
      if (in == null) {
        throw new IllegalStateException("the program's own file " + ROOT + name + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the version, as the build has written it. */
  static String version() {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(text("version.properties")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }
}
