package io.github.deit4j.cuda;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/**
 * Runs the tests of a class on the {@link CudaStandIn}, after each of which nothing may be left on
 * it. Other classes in the same JVM see no device. Without a C++ compiler the class is skipped.
 */
public class OnStandIn
    implements ExecutionCondition, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    try {
      CudaStandIn.require();
      return ConditionEvaluationResult.enabled("the stand-in is built");
    } catch (TestAbortedException e) {
      return ConditionEvaluationResult.disabled(e.getMessage());
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    CudaStandIn.require();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    // Not require(), which would forget what was violated.
    CudaStandIn.running().requireClean();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    CudaStandIn.require().set("devices", 0);
  }
}
