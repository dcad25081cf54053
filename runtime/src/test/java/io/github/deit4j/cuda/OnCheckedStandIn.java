package io.github.deit4j.cuda;

import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * As {@link OnStandIn}, with every access of a kernel to memory watched: races within a block and
 * between blocks, bounds, alignment, reads of what was never written, in an order of threads that
 * is another every time. Each tensor is an allocation of its own. Some ten times as slow: for small
 * shapes.
 */
public final class OnCheckedStandIn extends OnStandIn {
  @Override
  public void beforeEach(ExtensionContext context) {
    super.beforeEach(context);
    CudaStandIn.running().check(true);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    try {
      super.afterEach(context);
    } finally {
      CudaStandIn.running().check(false);
    }
  }
}
