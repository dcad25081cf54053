package io.github.deit4j.cli;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.ImageDecoder;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Decodes image files in their order on a thread of its own, one ahead of the caller. */
final class DecodeAhead implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("deit4j-decode").factory());
  private final Iterator<Path> files;
  private Future<Image> next;

  /** Starts with the first file at once. */
  DecodeAhead(List<Path> files) {
    this.files = files.iterator();
    advance();
  }

  private void advance() {
    if (files.hasNext()) {
      Path file = files.next();
      next = thread.submit(() -> ImageDecoder.decode(file));
    }
  }

  /** Returns the next image; to be called once for every file. */
  Image next() throws CorruptImageException {
    Future<Image> current = next;
    advance();
    try {
      return current.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case CorruptImageException corrupt -> throw corrupt;
        case Error error -> throw error;
        case Throwable other -> throw new IllegalStateException("an image's decoder failed", other);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while an image was decoded", e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
