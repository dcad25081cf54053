package io.github.deit4j.bench.cases;

import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OpRunner;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A backend whose ops tell an observer how long they took to be done. */
final class ProfiledBackend {
  private ProfiledBackend() {}

  /**
   * Observes the ops of a backend until the returned one is closed; the other stays open. Tasks run
   * one after the other, so that the ops' times add up.
   */
  static Backend of(Backend backend, OpRunner.Observer observer) {
    backend.observe(observer);
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getName().equals("forEach")) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
          }
          if (method.getName().equals("close")) {
            backend.observe(null);
            return null;
          }
          try {
            return method.invoke(backend, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    Class<?>[] type = {Backend.class};
    return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), type, handler);
  }
}
