package io.github.deit4j.bench.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.nn.ModelConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * The program of a peer's JVM. Arguments: peer, model, mode, batch, threads, the model's file, precision.
 * Orders and answers are those of {@code bench}'s {@code Peer}.
 */
public final class PeerMain {
  private PeerMain() {}

  interface PeerWorkload extends Workload {
    String configuration();
  }

  /** Serves until the end of the input. */
  public static void main(String[] args) throws Exception {
    ModelConfig config = BenchmarkModels.config(args[1]);
    int batch = Integer.parseInt(args[3]);
    int threads = Integer.parseInt(args[4]);
    Path file = Path.of(args[5]);
    PrintStream out = new PrintStream(System.out, true, UTF_8);
    boolean bf16 = args[6].equals("bf16");
    try (PeerWorkload workload =
        open(args[0] + " " + args[2], config, batch, threads, file, bf16)) {
      answer(out, workload.configuration());
      serve(new BufferedReader(new InputStreamReader(System.in, UTF_8)), out, workload);
    }
  }

  private static PeerWorkload open(
      String what, ModelConfig config, int batch, int threads, Path file, boolean bf16)
      throws Exception {
    return switch (what) {
      case "onnxruntime inference" -> new OnnxRuntimeInference(config, batch, threads, file);
      case "pytorch inference" -> new TorchWorkload.Inference(config, batch, threads, file, bf16);
      case "pytorch train_step" -> new TorchWorkload.Training(config, batch, threads, file, bf16);
      default -> throw new IllegalArgumentException("no peer for: " + what);
    };
  }

  private static void serve(BufferedReader orders, PrintStream out, PeerWorkload workload)
      throws IOException {
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      if (order.equals("check")) {
        StringBuilder numbers = new StringBuilder();
        for (float number : workload.check()) {
          numbers.append(numbers.isEmpty() ? "" : " ").append(number);
        }
        answer(out, numbers.toString());
      } else {
        String[] counts = order.substring("time ".length()).split(" ", -1);
        repeat(Integer.parseInt(counts[0]), workload);
        long start = System.nanoTime();
        repeat(Integer.parseInt(counts[1]), workload);
        answer(out, Long.toString(System.nanoTime() - start));
      }
    }
  }

  private static void repeat(int calls, PeerWorkload workload) {
    for (int i = 0; i < calls; i++) {
      workload.run();
    }
  }

  private static void answer(PrintStream out, String text) {
    out.println("peer: " + text);
  }
}
