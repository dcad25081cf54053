package io.github.deit4j.http;

import java.io.IOException;

/** A server cannot be started: its address is no address of this machine, or its port is taken. */
public final class CannotListenException extends IOException {
  private static final long serialVersionUID = 1L;

  CannotListenException(int port, String host, String found, Throwable cause) {
    super(
        "port %d of %s: expected a free port of this machine, found %s; choose another"
            .formatted(port, host, found),
        cause);
  }
}
