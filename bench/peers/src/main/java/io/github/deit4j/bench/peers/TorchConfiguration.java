package io.github.deit4j.bench.peers;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.global.torch;

/** What is to be known of the PyTorch that is measured. */
final class TorchConfiguration {
  private static final Pattern VERSION = Pattern.compile("TORCH_VERSION=([^,]+)");

  private TorchConfiguration() {}

  /** Returns versions and settings, in one line. */
  static String text() {
    return "PyTorch %s eager, CPU, float32, %d threads, %s, OMP_WAIT_POLICY=%s"
        .formatted(
            version(),
            torch.get_num_threads(),
            System.getenv("LD_PRELOAD") == null
                ? openBlas(System.getenv("OPENBLAS_CORETYPE"))
                : "MKL with " + System.getenv("MKL_THREADING_LAYER") + " threads",
            System.getenv("OMP_WAIT_POLICY"));
  }

  private static String openBlas(String kernels) {
    return kernels == null ? "OpenBLAS" : "OpenBLAS with kernels for " + kernels;
  }

  private static String version() {
    Matcher found = VERSION.matcher(torch.show_config().getString());
    return found.find() ? found.group(1) : "of unknown version";
  }
}
