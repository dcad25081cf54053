package io.github.deit4j.fetch;

import java.net.URI;
import java.util.Locale;

/**
 * A file somewhere else, and how it is known once it is here.
 *
 * @param address where it is, by HTTPS
 * @param sha256 SHA-256 in lower-case hexadecimal digits, or the first ones of them, 8 at least
 * @param limit how many bytes it may have at most
 * @param exact whether it has just as many
 */
public record RemoteFile(URI address, String sha256, long limit, boolean exact) {
  private static final int LEAST_DIGITS = 8;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the address is not encrypted, or too little is known
   */
  public RemoteFile {
    if (!isEncrypted(address)) {
      throw new IllegalArgumentException(address + ": expected an address that begins with https:");
    }
    if (sha256.length() < LEAST_DIGITS || limit < 1) {
      throw new IllegalArgumentException(
          address + ": expected 8 digits of SHA-256 and a limit, found " + sha256 + ", " + limit);
    }
  }

  /**
   * Returns the file at an address.
   *
   * @throws IllegalArgumentException if it is none, is not encrypted, or too little is known
   */
  public static RemoteFile at(String address, String sha256, long limit, boolean exact) {
    return new RemoteFile(URI.create(address), sha256, limit, exact);
  }

  static boolean isEncrypted(URI address) {
    return "https".equals(String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT));
  }

  /** Returns whether a digest is the file's. */
  boolean hasDigest(String found) {
    return found.startsWith(sha256);
  }

  /**
   * Checks a whole size that a server tells.
   *
   * @throws FetchException if the file cannot have it
   */
  void requireSize(long size) throws FetchException {
    if (size > limit || exact && size != limit) {
      throw new FetchException(
          "%s: expected %s%,d bytes, found %,d"
              .formatted(address, exact ? "" : "at most ", limit, size));
    }
  }
}
