package io.github.deit4j.testing;

import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands a test method its {@link RandomGenerator}, seeded by the JVM's seed and the method's name,
 * so that a method gets the same cases whether it runs alone or with others. Prints how to run them
 * again; the property {@code deit4j.seed} sets the seed.
 */
public final class Seed implements BeforeAllCallback, ParameterResolver {
  private static final String PROPERTY = "deit4j.seed";
  private static final long SEED = Long.getLong(PROPERTY, System.nanoTime() % 1_000_000_007L);

  @Override
  public void beforeAll(ExtensionContext context) {
    System.out.printf(
        "seed %d; the same cases again: mvn test -pl runtime -am -Dtest=%s -D%s=%d%s%n",
        SEED, context.getRequiredTestClass().getSimpleName(), PROPERTY, SEED, vectorWidth());
  }

  /** The run with narrower vectors is told from the other by this option of the JVM. */
  private static String vectorWidth() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("-XX:UseAVX"))
        .map(argument -> " -Dtest.extra=" + argument)
        .findFirst()
        .orElse("");
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == RandomGenerator.class;
  }

  @Override
  public RandomGenerator resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return new SplittableRandom(SEED ^ context.getRequiredTestMethod().getName().hashCode());
  }
}
