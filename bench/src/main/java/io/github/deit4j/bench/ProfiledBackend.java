package io.github.deit4j.bench;

import io.github.deit4j.backend.Backend;
import io.github.deit4j.tensor.TensorArena;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * A backend that passes every op on to another and notes how long it took to be done. A proxy, so
 * that ops to come are measured under their names without a line here. For one thread.
 */
final class ProfiledBackend implements InvocationHandler {
  private final Backend backend;
  private final OpProfile profile;

  private ProfiledBackend(Backend backend, OpProfile profile) {
    this.backend = backend;
    this.profile = profile;
  }

  /** Returns a backend whose ops are noted in the profile. */
  static Backend of(Backend backend, OpProfile profile) {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            new ProfiledBackend(backend, profile));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] operands) throws Throwable {
    if (method.getName().equals("forEach")) {
      // One task after the other, so that the ops' times add up.
      return InvocationHandler.invokeDefault(proxy, method, operands);
    }
    long start = System.nanoTime();
    try {
      Object result = method.invoke(backend, operands);
      if (isOp(method)) {
        backend.synchronize();
      }
      return result;
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      if (isOp(method)) {
        long nanos = System.nanoTime() - start;
        profile.add(method.getName(), nanos, OpCost.of(method.getName(), operands));
      }
    }
  }

  private static boolean isOp(Method method) {
    return method.getParameterCount() > 0
        && method.getDeclaringClass() != Object.class
        && method.getReturnType() != TensorArena.class;
  }
}
