package io.github.deit4j.bench.cases;

import io.github.deit4j.device.Backend;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.tensor.TensorArena;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * A backend that passes every op on to another and tells how long it took to be done. A proxy, so
 * that ops to come are measured under their names without a line here. For one thread.
 */
final class ProfiledBackend implements InvocationHandler {
  private final Backend backend;
  private final Object target;
  private final OpListener listener;

  private ProfiledBackend(Backend backend, Object target, OpListener listener) {
    this.backend = backend;
    this.target = target;
    this.listener = listener;
  }

  /** Returns a backend that tells of its ops, those of convolutions too. */
  static Backend of(Backend backend, OpListener listener) {
    return proxy(Backend.class, backend, backend, listener);
  }

  private static <T> T proxy(Class<T> type, Backend backend, T target, OpListener listener) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            new ProfiledBackend(backend, target, listener)));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] operands) throws Throwable {
    if (method.getName().equals("forEach")) {
      // One task after the other, so that the ops' times add up.
      return InvocationHandler.invokeDefault(proxy, method, operands);
    }
    long start = System.nanoTime();
    try {
      Object result = method.invoke(target, operands);
      if (isOp(method)) {
        backend.synchronize();
      }
      return result instanceof ConvolutionOps more
          ? proxy(ConvolutionOps.class, backend, more, listener)
          : result;
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      if (isOp(method)) {
        listener.done(method.getName(), operands, System.nanoTime() - start);
      }
    }
  }

  private static boolean isOp(Method method) {
    return method.getParameterCount() > 0
        && method.getDeclaringClass() != Object.class
        && method.getReturnType() != TensorArena.class;
  }
}
