package io.github.deit4j.autograd;

/** {@link FeatureMapOps} in double, written down as their formulas read. */
final class DoubleFeatureMapOps {
  private DoubleFeatureMapOps() {}

  /** The sizes of a map with channels last. */
  record Size(int images, int height, int width, int channels) {
    int index(int image, int row, int column, int channel) {
      return ((image * height + row) * width + column) * channels + channel;
    }

    int elements() {
      return images * height * width * channels;
    }

    Size after(int out, int kernel, int stride) {
      int padding = (kernel - 1) / 2;
      return new Size(
          images,
          (height + 2 * padding - kernel) / stride + 1,
          (width + 2 * padding - kernel) / stride + 1,
          out);
    }
  }

  /** x [B, C, height, width] to [B, height, width, C]. */
  static double[] channelsLast(double[] x, Size last) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int column = i % last.width;
      int row = i / last.width % last.height;
      int channel = i / last.width / last.height % last.channels;
      int image = i / last.width / last.height / last.channels;
      y[last.index(image, row, column, channel)] = x[i];
    }
    return y;
  }

  /** w [out, in/groups, kernel, kernel]. */
  static double[] convolution(
      double[] x, Size in, double[] w, int out, int kernel, int stride, int groups) {
    Size size = in.after(out, kernel, stride);
    int groupIn = in.channels / groups;
    int padding = (kernel - 1) / 2;
    double[] y = new double[size.elements()];
    for (int i = 0; i < y.length; i++) {
      int o = i % out;
      int column = i / out % size.width;
      int row = i / out / size.width % size.height;
      int image = i / out / size.width / size.height;
      int group = o / (out / groups);
      for (int c = 0; c < groupIn; c++) {
        for (int tap = 0; tap < kernel * kernel; tap++) {
          int r = row * stride + tap / kernel - padding;
          int q = column * stride + tap % kernel - padding;
          if (r >= 0 && r < in.height && q >= 0 && q < in.width) {
            y[i] +=
                x[in.index(image, r, q, group * groupIn + c)]
                    * w[(o * groupIn + c) * kernel * kernel + tap];
          }
        }
      }
    }
    return y;
  }

  /** x and residual [.., C], w [C], b [C]; residual may be null. */
  static double[] batchNorm(
      double[] x, double[] residual, double[] w, double[] b, double epsilon, boolean relu) {
    int channels = w.length;
    int pixels = x.length / channels;
    double[] y = new double[x.length];
    for (int c = 0; c < channels; c++) {
      double mean = 0;
      for (int i = c; i < x.length; i += channels) {
        mean += x[i] / pixels;
      }
      double variance = 0;
      for (int i = c; i < x.length; i += channels) {
        variance += (x[i] - mean) * (x[i] - mean) / pixels;
      }
      for (int i = c; i < x.length; i += channels) {
        double t = (x[i] - mean) / Math.sqrt(variance + epsilon) * w[c] + b[c];
        t += residual == null ? 0 : residual[i];
        y[i] = relu ? Math.max(t, 0) : t;
      }
    }
    return y;
  }

  /** The mean over the pixels of each image: [B, C]. */
  static double[] averagePool(double[] x, Size size) {
    int pixels = size.height * size.width;
    double[] y = new double[size.images * size.channels];
    for (int i = 0; i < x.length; i++) {
      y[i / size.channels / pixels * size.channels + i % size.channels] += x[i] / pixels;
    }
    return y;
  }

  /** s [B, C]. */
  static double[] scaleChannels(double[] x, double[] s, Size size) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int image = i / size.channels / size.width / size.height;
      y[i] = x[i] * s[image * size.channels + i % size.channels];
    }
    return y;
  }

  static double[] relu(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = Math.max(x[i], 0);
    }
    return y;
  }

  static double[] sigmoid(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = 1 / (1 + Math.exp(-x[i]));
    }
    return y;
  }
}
