package io.github.deit4j.serve;

import java.io.IOException;

/** A server cannot be started: its address is no address of this machine, or its port is taken. */
public final class ServeException extends IOException {
  private static final long serialVersionUID = 1L;

  ServeException(IOException cause) {
    super(cause.getMessage(), cause);
  }
}
