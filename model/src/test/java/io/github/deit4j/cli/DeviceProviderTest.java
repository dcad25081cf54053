package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Backends.Selection;
import io.github.deit4j.device.DeviceProvider;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that brings a device of its own, which nothing else in the project has heard of. */
class DeviceProviderTest {
  private static final AtomicLong CALLS = new AtomicLong();

  @TempDir Path dir;

  private final ClassLoader before = Thread.currentThread().getContextClassLoader();
  private URLClassLoader program;

  /** A device that computes as the CPU does, and counts what it is asked. */
  public static final class TestDevice implements DeviceProvider {
    /** Creates the provider; for {@link java.util.ServiceLoader}. */
    public TestDevice() {}

    @Override
    public String name() {
      return "test-device";
    }

    @Override
    public String hardware() {
      return "the test's device";
    }

    @Override
    public Capabilities capabilities() {
      return new Capabilities(Set.of(Precision.FP32, Precision.TF32), true, true, false, false);
    }

    @Override
    public Selection open(String spec, int threads, Precision precision) {
      Backend cpu = Backends.select("cpu", threads).backend();
      return Selection.askedFor(
          (Backend)
              Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {Backend.class},
                  (_, method, arguments) -> call(cpu, method, arguments)));
    }

    private static Object call(Backend cpu, Method method, Object[] arguments) throws Throwable {
      CALLS.incrementAndGet();
      if (method.getName().equals("name")) {
        return "test-device";
      }
      try {
        Object result = method.invoke(cpu, arguments);
        return method.getName().equals("description") ? "test-device on " + result : result;
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }

    @Override
    public Map<String, String> parts() {
      return Map.of("test part", "as good as new");
    }
  }

  /** Puts the provider on the class path of this thread alone; other tests do not see it. */
  @BeforeEach
  void installDevice() throws IOException {
    Path services = Files.createDirectories(dir.resolve("classes/META-INF/services"));
    Files.writeString(
        services.resolve(DeviceProvider.class.getName()), TestDevice.class.getName() + "\n");
    program =
        new URLClassLoader(
            new URL[] {dir.resolve("classes").toUri().toURL()}, getClass().getClassLoader());
    Thread.currentThread().setContextClassLoader(program);
  }

  @AfterEach
  void removeDevice() throws IOException {
    Thread.currentThread().setContextClassLoader(before);
    program.close();
  }

  @Test
  void trainsToTheWeightsOfTheCpu() throws Exception {
    TinyTraining training = TinyTraining.in(dir);
    String[] options = {"--set", "distilled=false", "--set", "distillation=none", "--threads", "2"};
    TinyTraining.Weights expected = training.train("on cpu", options);
    assertThat(CALLS).hasValue(0);
    List<String> command = training.command("on test-device", options);
    command.set(command.indexOf("cpu"), "test-device");
    Cli result = Cli.run(command.toArray());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(training.weights("on test-device")).isEqualTo(expected);
    assertThat(CALLS.getAndSet(0)).isGreaterThan(100L * TinyTraining.STEPS);
    Path environment = training.out("on test-device").resolve("environment.json");
    assertThat(environment).content().contains("\"test-device on cpu: ");
  }

  @Test
  void isListedAndLookedAtLikeAnyOther() throws Exception {
    assertThat(Cli.run("quickstart", "--backend", "abacus", "--out", dir.resolve("run")).err())
        .contains("--backend: expected auto, cpu, openblas, cuda[:n] or test-device, found abacus");
    assertThat(Cli.run("doctor", "--json").json().get("test-part").asString())
        .isEqualTo("as good as new");
    assertThat(Cli.run("quickstart", "--backend", "cpu", "--precision", "tf32").err())
        .contains("found tf32: use fp32 or bf16, or backend cuda or test-device");
    Cli refused = Cli.run("quickstart", "--backend", "test-device", "--precision", "bf16");
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err())
        .contains(
            "the test's device multiplies in fp32 or tf32 only, found bf16: use fp32 or tf32, or"
                + " backend cpu or cuda");
  }

  @Test
  void isUnknownWhereItIsNotInstalled() {
    Thread.currentThread().setContextClassLoader(before);
    Cli refused = Cli.run("quickstart", "--backend", "test-device", "--out", dir.resolve("run"));
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("expected auto, cpu, openblas or cuda[:n], found test-dev");
  }
}
