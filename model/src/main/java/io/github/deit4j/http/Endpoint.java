package io.github.deit4j.http;

/** Answers the requests of one path. */
@FunctionalInterface
public interface Endpoint {
  /**
   * Answers a request.
   *
   * @throws RequestException if the client asks for something that is not to be had
   * @throws Exception whatever else goes wrong; {@link Routes} knows whose fault it is
   */
  Reply answer(Exchange exchange) throws Exception;
}
