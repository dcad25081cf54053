package io.github.deit4j.cuda;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Runs the tests of a class on a real device; without one they are skipped, and say why. */
public final class OnDevice implements ExecutionCondition {
  private static final ConditionEvaluationResult RESULT = look();

  private static ConditionEvaluationResult look() {
    if (System.getProperty("deit4j.cuda", "").contains("stand-in")) {
      return disabled("this JVM has loaded the stand-in");
    }
    try (var backend = new CudaBackend(0, Precision.FP32)) {
      return enabled(backend.description());
    } catch (DeviceException e) {
      return disabled(e.getMessage());
    }
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return RESULT;
  }
}
