package io.github.deit4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.device.Backend;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What the ranks of a run tell each other beside gradients. A rank alone hears itself. */
final class RankMessages {
  private final Collective ranks;
  private MemorySegment memory = MemorySegment.NULL;

  RankMessages(Collective ranks) {
    this.ranks = ranks;
  }

  /** Returns whether there is no other rank. */
  boolean isAlone() {
    return ranks.size() == 1;
  }

  /** Returns native memory whose content is lost at the next call. */
  private MemorySegment memory(long bytes) {
    if (memory.byteSize() < bytes) {
      memory = Arena.ofAuto().allocate(Math.max(bytes, 2 * memory.byteSize()), Long.BYTES);
    }
    return memory.asSlice(0, bytes);
  }

  /** Completes an array of which each rank has the part from {@code starts[rank]} on. */
  void gather(double[] values, int[] starts) throws InterruptedException {
    gather(MemorySegment.ofArray(values), Double.BYTES, starts);
  }

  /** Completes an array of which each rank has the part from {@code starts[rank]} on. */
  void gather(float[] values, int[] starts) throws InterruptedException {
    gather(MemorySegment.ofArray(values), Float.BYTES, starts);
  }

  private void gather(MemorySegment values, long unit, int[] starts) throws InterruptedException {
    if (ranks.size() == 1) {
      return;
    }
    MemorySegment all = memory(values.byteSize());
    all.copyFrom(values);
    List<MemorySegment> parts = new ArrayList<>();
    for (int rank = 0; rank < ranks.size(); rank++) {
      parts.add(all.asSlice(unit * starts[rank], unit * (starts[rank + 1] - starts[rank])));
    }
    ranks.gather(parts);
    values.copyFrom(all);
  }

  /** Returns a number of each rank. */
  private double[] numbers(double mine) throws InterruptedException {
    double[] numbers = new double[ranks.size()];
    numbers[ranks.rank()] = mine;
    gather(numbers, IntStream.rangeClosed(0, ranks.size()).toArray());
    return numbers;
  }

  /** Returns the numbers of all ranks, one rank's behind the other's. */
  double[] joined(double[] mine) throws InterruptedException {
    int[] starts = starts(numbers(mine.length), 1);
    double[] all = new double[starts[ranks.size()]];
    System.arraycopy(mine, 0, all, starts[ranks.rank()], mine.length);
    gather(all, starts);
    return all;
  }

  private static int[] starts(double[] lengths, int unit) {
    int[] starts = new int[lengths.length + 1];
    for (int rank = 0; rank < lengths.length; rank++) {
      starts[rank + 1] = Math.addExact(starts[rank], Math.ceilDiv((int) lengths[rank], unit));
    }
    return starts;
  }

  /** Returns whether any rank says yes. */
  boolean any(boolean mine) throws InterruptedException {
    return Arrays.stream(numbers(mine ? 1 : 0)).anyMatch(each -> each != 0);
  }

  /** Returns a text of each rank. Where all are empty, that costs one short message. */
  List<String> texts(String mine) throws InterruptedException {
    byte[] bytes = mine.getBytes(UTF_8);
    double[] lengths = numbers(bytes.length);
    int[] starts = starts(lengths, Float.BYTES);
    float[] all = new float[starts[ranks.size()]];
    MemorySegment segment = MemorySegment.ofArray(all);
    MemorySegment own = segment.asSlice((long) Float.BYTES * starts[ranks.rank()], bytes.length);
    own.copyFrom(MemorySegment.ofArray(bytes));
    if (all.length > 0) {
      gather(all, starts);
    }
    List<String> texts = new ArrayList<>();
    for (int rank = 0; rank < ranks.size(); rank++) {
      byte[] text = new byte[(int) lengths[rank]];
      long from = (long) Float.BYTES * starts[rank];
      MemorySegment.ofArray(text).copyFrom(segment.asSlice(from, text.length));
      texts.add(new String(text, UTF_8));
    }
    return texts;
  }

  /** Returns the unreadable images that all ranks have met, one rank's behind the other's. */
  List<BadImage> badImages(List<BadImage> own) throws InterruptedException {
    String mine = own.isEmpty() ? "" : JsonWriter.compact(TrainingProgress.toJson(own));
    List<BadImage> all = new ArrayList<>();
    for (String text : texts(mine)) {
      if (!text.isEmpty()) {
        all.addAll(badImages(text));
      }
    }
    return all;
  }

  private static List<BadImage> badImages(String json) {
    try {
      return TrainingProgress.badImages(Json.read("message of a rank", json));
    } catch (JsonException e) {
      throw new IllegalStateException("a rank sent something else than images: " + json, e);
    }
  }

  /** Gives all ranks the first one's numbers. */
  void broadcast(Backend backend, Iterable<Tensor> tensors) throws InterruptedException {
    if (ranks.size() == 1) {
      return;
    }
    for (Tensor tensor : tensors) {
      MemorySegment numbers = memory(tensor.elements() * tensor.dtype().bytes());
      if (ranks.rank() == 0) {
        backend.read(numbers, tensor);
      }
      ranks.broadcast(numbers, 0);
      if (ranks.rank() != 0) {
        backend.write(tensor, numbers);
      }
    }
  }
}
