package io.github.deit4j.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Says as JSON what Jetty itself finds wrong, such as a header that is no HTTP. */
final class JsonErrors implements Request.Handler {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status =
        request.getAttribute(ErrorHandler.ERROR_STATUS) instanceof Integer given
            ? given
            : response.getStatus();
    Object message = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
    boolean clientsFault = HttpStatus.isClientError(status);
    // Of a defect in here the log tells, not the client.
    String text =
        clientsFault && message != null ? message.toString() : HttpStatus.getMessage(status);
    write(Reply.error(status, text), response, callback);
    return true;
  }

  static void write(Reply reply, Response response, Callback callback) {
    response.setStatus(reply.status());
    var headers = response.getHeaders();
    headers.put("Content-Type", reply.type());
    headers.put("Content-Length", Integer.toString(reply.content().length));
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("Cache-Control", "no-store");
    reply.headers().forEach(headers::put);
    response.write(true, ByteBuffer.wrap(reply.content()), callback);
  }
}
