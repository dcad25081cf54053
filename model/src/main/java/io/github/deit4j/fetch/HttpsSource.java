package io.github.deit4j.fetch;

import io.github.deit4j.fetch.FashionMnistFetcher.FileSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Consumer;

/**
 * Files below a web address.
 *
 * @param address begins every file's address, with a slash at its end
 */
record HttpsSource(String address) implements FileSource {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration FILE_TIMEOUT = Duration.ofMinutes(10);
  private static final int OK = 200;

  @Override
  public String description() {
    return address;
  }

  @Override
  public void fetch(Collection<String> names, Path folder, Consumer<String> say)
      throws IOException, InterruptedException {
    try (HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build()) {
      for (String name : names) {
        say.accept("  " + name);
        download(client, URI.create(address + name), folder.resolve(name));
      }
    }
  }

  private static void download(HttpClient client, URI uri, Path file)
      throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(FILE_TIMEOUT).build();
    try {
      int status = client.send(request, BodyHandlers.ofFile(file)).statusCode();
      if (status != OK) {
        throw new FetchException(uri + ": expected HTTP status 200, found " + status);
      }
    } catch (FetchException e) {
      throw e;
    } catch (IOException e) {
      throw new FetchException(uri + ": can't be downloaded (" + e + ")", e);
    }
  }
}
