package io.github.deit4j.autograd;

import io.github.deit4j.random.Philox;
import io.github.deit4j.random.StreamKey;

/** The ops in double, written down as their formulas read: what gradients are checked against. */
final class DoubleOps {
  private DoubleOps() {}

  /** x [R, in], w [out, in], b [out]. */
  static double[] linear(double[] x, double[] w, double[] b) {
    int in = w.length / b.length;
    int rows = x.length / in;
    double[] y = new double[rows * b.length];
    for (int r = 0; r < rows; r++) {
      for (int o = 0; o < b.length; o++) {
        double sum = b[o];
        for (int i = 0; i < in; i++) {
          sum += x[r * in + i] * w[o * in + i];
        }
        y[r * b.length + o] = sum;
      }
    }
    return y;
  }

  static double[] gelu(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = 0.5 * x[i] * (1 + erf(x[i] / Math.sqrt(2)));
    }
    return y;
  }

  /** The series with positive terms only (Abramowitz and Stegun, 7.1.6): nothing cancels. */
  static double erf(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  /** x [R, D], w [D], b [D]. */
  static double[] layerNorm(double[] x, double[] w, double[] b, double epsilon) {
    int width = w.length;
    double[] y = new double[x.length];
    for (int start = 0; start < x.length; start += width) {
      double mean = 0;
      for (int i = 0; i < width; i++) {
        mean += x[start + i] / width;
      }
      double variance = 0;
      for (int i = 0; i < width; i++) {
        variance += (x[start + i] - mean) * (x[start + i] - mean) / width;
      }
      for (int i = 0; i < width; i++) {
        y[start + i] = (x[start + i] - mean) / Math.sqrt(variance + epsilon) * w[i] + b[i];
      }
    }
    return y;
  }

  /** qkv [B, N, 3·D]. */
  static double[] attention(double[] qkv, int images, int tokens, int heads) {
    int width = qkv.length / (images * tokens * 3);
    int headWidth = width / heads;
    double[] y = new double[images * tokens * width];
    for (int image = 0; image < images; image++) {
      for (int head = 0; head < heads; head++) {
        for (int query = 0; query < tokens; query++) {
          double[] p = new double[tokens];
          int q = (image * tokens + query) * 3 * width + head * headWidth;
          for (int key = 0; key < tokens; key++) {
            int k = (image * tokens + key) * 3 * width + width + head * headWidth;
            for (int i = 0; i < headWidth; i++) {
              p[key] += qkv[q + i] * qkv[k + i] / Math.sqrt(headWidth);
            }
          }
          p = softmax(p, tokens, 1);
          for (int key = 0; key < tokens; key++) {
            int v = (image * tokens + key) * 3 * width + 2 * width + head * headWidth;
            for (int i = 0; i < headWidth; i++) {
              y[(image * tokens + query) * width + head * headWidth + i] += p[key] * qkv[v + i];
            }
          }
        }
      }
    }
    return y;
  }

  /** Softmax of rows divided by a temperature. */
  static double[] softmax(double[] x, int columns, double temperature) {
    double[] y = new double[x.length];
    for (int start = 0; start < x.length; start += columns) {
      double sum = 0;
      for (int i = start; i < start + columns; i++) {
        y[i] = Math.exp(x[i] / temperature);
        sum += y[i];
      }
      for (int i = start; i < start + columns; i++) {
        y[i] /= sum;
      }
    }
    return y;
  }

  static double[] mean(double[] a, double[] b) {
    double[] y = new double[a.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = (a[i] + b[i]) / 2;
    }
    return y;
  }

  /** Multiplies each column by a number. */
  static double[] scaleColumns(double[] x, double[] scale) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] * scale[i % scale.length];
    }
    return y;
  }

  static double[] addBranch(double[] x, double[] branch, float[] factors, int images) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] + (factors == null ? 1 : factors[i / (x.length / images)]) * branch[i];
    }
    return y;
  }

  /** images [B, channels, rows·patch, columns·patch]. */
  static double[] patches(double[] images, int channels, int rows, int columns, int patch) {
    double[] y = new double[images.length];
    int planes = images.length / (rows * columns * patch * patch);
    for (int plane = 0; plane < planes; plane++) {
      int image = plane / channels;
      for (int r = 0; r < rows * patch; r++) {
        for (int c = 0; c < columns * patch; c++) {
          int token = (image * rows + r / patch) * columns + c / patch;
          int element = ((plane % channels) * patch + r % patch) * patch + c % patch;
          y[token * channels * patch * patch + element] =
              images[(plane * rows * patch + r) * columns * patch + c];
        }
      }
    }
    return y;
  }

  static double[] dropout(double[] x, double rate, StreamKey first, int images) {
    double[] y = new double[x.length];
    for (int image = 0; image < images; image++) {
      Philox stream = first.plus(image).open();
      for (int i = image * x.length / images; i < (image + 1) * x.length / images; i++) {
        y[i] = stream.nextFloat() < (float) rate ? 0 : x[i] / (1 - rate);
      }
    }
    return y;
  }

  /** patches [B, N − prefix, D], positions [N, D], one prefix token of D after the other. */
  static double[] embed(double[] patches, double[] positions, int images, double[]... prefix) {
    int width = prefix[0].length;
    int tokens = positions.length / width;
    double[] y = new double[images * positions.length];
    for (int i = 0; i < y.length; i++) {
      int image = i / positions.length;
      int token = i / width % tokens;
      int patch = image * (tokens - prefix.length) + token - prefix.length;
      double value =
          token < prefix.length ? prefix[token][i % width] : patches[patch * width + i % width];
      y[i] = value + positions[i % positions.length];
    }
    return y;
  }

  /** x [B, N, D]; the first tokens of all images, then the second ones and so on. */
  static double[] firstTokens(double[] x, int images, int tokens, int count) {
    int width = x.length / (images * tokens);
    double[] y = new double[count * images * width];
    for (int i = 0; i < y.length; i++) {
      int image = i / width % images;
      int token = i / (width * images);
      y[i] = x[(image * tokens + token) * width + i % width];
    }
    return y;
  }

  static double[] crossEntropy(double[] x, double[] targets, int classes) {
    double[] p = softmax(x, classes, 1);
    double[] losses = new double[x.length / classes];
    for (int i = 0; i < x.length; i++) {
      losses[i / classes] -= targets[i] * Math.log(p[i]);
    }
    return losses;
  }

  static double[] binaryCrossEntropy(double[] x, double[] targets, int classes) {
    double[] losses = new double[x.length / classes];
    for (int i = 0; i < x.length; i++) {
      double p = 1 / (1 + Math.exp(-x[i]));
      double t = targets[i];
      losses[i / classes] -= (t * Math.log(p) + (1 - t) * Math.log(1 - p)) / classes;
    }
    return losses;
  }

  static double[] divergence(double[] student, double[] teacher, int classes, double temperature) {
    double[] p = softmax(student, classes, temperature);
    double[] q = softmax(teacher, classes, temperature);
    double[] losses = new double[student.length / classes];
    for (int i = 0; i < p.length; i++) {
      losses[i / classes] += q[i] * Math.log(q[i] / p[i]);
    }
    return losses;
  }
}
