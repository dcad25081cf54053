package io.github.deit4j.cuda;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.deit4j.backend.DeviceException;
import io.github.deit4j.backend.Precision;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Runs the tests of a class on a real device; without one they are skipped, and say why. */
public final class OnDevice implements BeforeAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) {
    try (var backend = new CudaBackend(0, Precision.FP32)) {
      assumeFalse(
          System.getProperty("deit4j.cuda", "").contains("stand-in"),
          () -> "this JVM has the stand-in: " + backend.description());
    } catch (DeviceException e) {
      abort(e.getMessage());
    }
  }
}
