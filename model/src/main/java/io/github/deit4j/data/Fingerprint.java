package io.github.deit4j.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Tells one data set from another: SHA-256 of what is added, each piece with its length. */
public final class Fingerprint {
  private final MessageDigest digest;

  /** Begins with nothing. */
  public Fingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Adds a number. */
  public Fingerprint add(long number) {
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      digest.update((byte) (number >>> shift));
    }
    return this;
  }

  /** Adds bytes. */
  public Fingerprint add(byte[] bytes) {
    add(bytes.length);
    digest.update(bytes);
    return this;
  }

  /** Adds a text. */
  public Fingerprint add(String text) {
    return add(text.getBytes(UTF_8));
  }

  /** Returns the digest in hexadecimal digits, and begins again. */
  public String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
