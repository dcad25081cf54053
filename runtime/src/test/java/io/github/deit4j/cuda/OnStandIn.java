package io.github.deit4j.cuda;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs the tests of a class on the {@link CudaStandIn}, after each of which nothing may be left on
 * it. Other classes in the same JVM see no device.
 */
public final class OnStandIn
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) {
    CudaStandIn.require();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    CudaStandIn.require();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    CudaStandIn.require().requireClean();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    CudaStandIn.require().set("devices", 0);
  }
}
