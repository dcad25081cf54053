#include "account.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <tuple>
#include <vector>

#include "graphs.h"
#include "standin.h"

namespace standin {

namespace {

// The arguments of a launch, by their places in the parameter list.
struct Arguments {
  const Launch& launch;

  double number(int i) const {
    return launch.kernel.sizes[i] == 4 ? static_cast<double>(static_cast<int32_t>(launch.values[i]))
                                       : static_cast<double>(static_cast<int64_t>(launch.values[i]));
  }

  // 1 or 0.
  double isGiven(int i) const { return launch.values[i] != 0; }

  // Bytes of an activation: kernels of those in BF16 say so in their names.
  double element() const {
    static const std::string suffix = "Bfloat16";
    const std::string& name = launch.name;
    return name.size() > suffix.size() &&
                   name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0
               ? 2
               : 4;
  }

  bool same(int i, int j) const { return launch.values[i] == launch.values[j]; }

  double gridX() const { return launch.grid.x; }
  double gridY() const { return launch.grid.y; }
  double gridZ() const { return launch.grid.z; }
};

typedef std::function<Cost(const Arguments&)> Formula;

constexpr double FLOAT = 4;
constexpr double DOUBLE = 8;

// So many floats read and written, and operations, for each of the elements that argument i counts.
Formula each(int i, double read, double written, double operations) {
  return [=](const Arguments& a) -> Cost {
    const double n = a.number(i);
    return {FLOAT * read * n, FLOAT * written * n, operations * n};
  };
}

// The factor of gradients, if the argument is given.
double factor(const Arguments& a, int argument) { return DOUBLE * a.isGiven(argument); }

// As each, with so many numbers of the step and the factor of gradients besides.
Formula update(int i, double read, double written, double operations, int numbers, int scale) {
  return [=](const Arguments& a) -> Cost {
    const double n = a.number(i);
    return {FLOAT * (read * n + numbers) + factor(a, scale), FLOAT * written * n, operations * n};
  };
}

// The same of activations.
Formula eachActivation(int i, double read, double written, double operations) {
  return [=](const Arguments& a) -> Cost {
    const double n = a.number(i), e = a.element();
    return {e * read * n, e * written * n, operations * n};
  };
}

Formula atMost(const Formula& formula) {
  return [=](const Arguments& a) {
    Cost cost = formula(a);
    cost.most = true;
    return cost;
  };
}

Formula onTensorCores(const Formula& formula) {
  return [=](const Arguments& a) {
    Cost cost = formula(a);
    cost.unit = Unit::BFLOAT16;
    return cost;
  };
}

// A table of tensors (tables.cuh), whose words are on the device by the time the kernel runs.
struct Table {
  const int64_t* words;
  int tensors;
  int rows;

  Table(const Arguments& a, int argument, int tensors)
      : words(reinterpret_cast<const int64_t*>(a.launch.values[argument])),
        tensors(tensors),
        rows(static_cast<int>(a.number(argument + 1))) {}

  bool isGiven(int tensor, int row) const { return words[tensor * rows + row] != 0; }

  double elements(int row) const { return static_cast<double>(words[tensors * rows + row]); }

  double bytes() const { return 8.0 * (tensors + 2) * rows; }
};

// So many floats read and written, and operations, for each element of a table's tensors; what the
// last tensor adds to that, where a row has it, is one of both and three operations.
Formula table(int argument, int tensors, double read, double written, double operations,
              bool lastIsExtra = false) {
  return [=](const Arguments& a) -> Cost {
    const Table table(a, argument, tensors);
    Cost cost = {table.bytes(), 0, 0};
    cost.most = true;  // blocks look at their own rows only, and where those begin
    for (int row = 0; row < table.rows; row++) {
      const double extra = lastIsExtra && table.isGiven(tensors - 1, row);
      cost.read += FLOAT * (read + extra) * table.elements(row);
      cost.written += FLOAT * (written + extra) * table.elements(row);
      cost.operations += (operations + 3 * extra) * table.elements(row);
    }
    return cost;
  };
}

// Attention: numbers of T·C and of T of each head read and written, and products of T·T·C.
Formula attention(int tokens, double readMatrices, double readRows, double writtenMatrices,
                  double writtenRows, double products) {
  return [=](const Arguments& a) -> Cost {
    const double t = a.number(tokens);
    const double matrix = t * a.number(tokens + 2);
    return {a.gridX() * (a.element() * readMatrices * matrix + FLOAT * readRows * t),
            a.gridX() * (a.element() * writtenMatrices * matrix + FLOAT * writtenRows * t),
            a.gridX() * 2 * products * matrix * t};
  };
}

// A loss: one block for each image.
Formula loss(double operations) {
  return [=](const Arguments& a) -> Cost {
    const double logits = a.gridX() * a.number(4);
    return {2 * FLOAT * logits, FLOAT * logits + DOUBLE * a.gridX(), operations * logits};
  };
}

// Rows or columns that a convolution of this stride has of so many.
double sampled(double size, double stride) { return std::floor((size - 1) / stride) + 1; }

struct Convolution {
  double input, output, weights, products;

  explicit Convolution(const Arguments& a) {
    const double images = a.number(3), height = a.number(4), width = a.number(5), in = a.number(6),
                 out = a.number(7), kernel = a.number(8), stride = a.number(9),
                 groups = a.number(10);
    input = images * height * width * in;
    output = images * sampled(height, stride) * sampled(width, stride) * out;
    weights = out * in / groups * kernel * kernel;
    products = output * in / groups * kernel * kernel;
  }
};

Cost convolution(const Arguments& a) {
  const Convolution c(a);
  return {FLOAT * (c.input + c.weights), FLOAT * c.output, 2 * c.products};
}

Cost convolutionInputGradient(const Arguments& a) {
  const Convolution c(a);
  return {FLOAT * (c.output + c.weights), FLOAT * c.input, 2 * c.products};
}

Cost convolutionWeightGradient(const Arguments& a) {
  const Convolution c(a);
  const double parts = a.gridZ() / a.number(10);
  return {FLOAT * (c.input + c.output), FLOAT * parts * c.weights, 2 * c.products};
}

const std::map<std::string, Formula>& formulas() {
  static const std::map<std::string, Formula> all = {
      // elementwise.cu, gelu.cu, bfloat16.cu, products.cu
      {"fill", eachActivation(2, 0, 1, 0)},
      {"fillAll", table(0, 1, 0, 1, 0)},
      {"add",
       [](const Arguments& a) -> Cost {
         const double n = a.number(3);
         return {a.element() * (a.same(1, 2) ? n : 2 * n), a.element() * n, n};
       }},
      {"addBranch",
       [](const Arguments& a) -> Cost {
         const double n = a.number(7);
         const double factors = a.isGiven(3) * n / a.number(5) + a.isGiven(4) * a.number(6);
         return {a.element() * 2 * n + FLOAT * factors, a.element() * n, 4 * n};
       }},
      {"addBranchBackward",
       [](const Arguments& a) -> Cost {
         const double n = a.number(6);
         const double factors = a.isGiven(2) * n / a.number(4) + a.isGiven(3) * a.number(5);
         return {a.element() * n + FLOAT * factors, a.element() * n, 2 * n};
       }},
      {"layerScaleGradient",
       [](const Arguments& a) -> Cost {
         const double n = a.number(5) * a.number(6);
         return {a.element() * 2 * n + FLOAT * a.isGiven(3) * n / a.number(4),
                 FLOAT * a.gridY() * a.number(5), 3 * n};
       }},
      {"gelu", eachActivation(2, 1, 1, 4)},
      {"geluBackward", eachActivation(3, 2, 1, 9)},
      {"toBfloat16", each(2, 1, 0.5, 1)},
      {"toFloat32", each(2, 0.5, 1, 0)},
      {"toBfloat16All", table(0, 2, 1, 0.5, 1)},
      {"addBias",
       [](const Arguments& a) -> Cost {
         const double n = a.number(3);
         return {a.element() * (n + a.number(2)), a.element() * n, n};
       }},
      // layer_norm.cu
      {"layerNorm",
       [](const Arguments& a) -> Cost {
         const double width = a.number(7), rows = a.number(8), n = width * rows;
         return {a.element() * n + FLOAT * 2 * width, a.element() * n + FLOAT * 2 * rows, 8 * n};
       }},
      {"layerNormBackward",
       [](const Arguments& a) -> Cost {
         const double width = a.number(7), rows = a.number(8), n = width * rows;
         return {a.element() * 3 * n + FLOAT * (width + 2 * rows), a.element() * n, 12 * n};
       }},
      {"layerNormGradients",
       [](const Arguments& a) -> Cost {
         const double width = a.number(8), rows = a.number(9), n = width * rows;
         return {a.element() * 3 * n + FLOAT * (width + 2 * rows),
                 a.element() * n + FLOAT * 2 * a.gridX() * width, 17 * n};
       }},
      {"layerNormParameterGradients",
       [](const Arguments& a) -> Cost {
         const double width = a.number(6), rows = a.number(7), n = width * rows;
         return {a.element() * 2 * n + FLOAT * 2 * rows, FLOAT * 2 * a.gridY() * width, 5 * n};
       }},
      // attention.cu, attention_bfloat16.cu
      {"attention", attention(4, 3, 0, 1, 2, 2)},
      {"attentionBfloat16", onTensorCores(attention(4, 3, 0, 1, 2, 2))},
      {"attentionBackwardQueries", attention(6, 4, 2, 1, 1, 5)},
      {"attentionBackwardBfloat16", onTensorCores(attention(6, 5, 2, 3, 0, 7))},
      {"attentionBackwardKeys", attention(6, 4, 3, 2, 0, 4)},
      {"attentionProbabilities",
       [](const Arguments& a) -> Cost {
         const double t = a.number(2), c = a.number(4), heads = a.gridX();
         return {FLOAT * heads * 2 * t * c, FLOAT * heads * t * t, heads * t * t * (2 * c + 5)};
       }},
      // images.cu
      {"normalize",
       [](const Arguments& a) -> Cost {
         const double n = a.number(7);
         return {n, FLOAT * n, 3 * n};
       }},
      {"patches",
       [](const Arguments& a) -> Cost { return {FLOAT * a.number(6), a.element() * a.number(6), 0}; }},
      {"patchesBackward",
       [](const Arguments& a) -> Cost { return {a.element() * a.number(6), FLOAT * a.number(6), 0}; }},
      {"embed",
       [](const Arguments& a) -> Cost {
         const double n = a.number(7);
         return {a.element() * n + FLOAT * (a.number(5) - a.number(3)) * a.number(6), a.element() * n, n};
       }},
      {"embedPrefix",
       [](const Arguments& a) -> Cost {
         const double n = a.number(7), width = a.number(6);
         return {FLOAT * (a.number(3) < a.number(4) ? width : 2 * width), a.element() * n, n};
       }},
      {"embedBackward", eachActivation(5, 1, 1, 0)},
      {"selectToken",
       [](const Arguments& a) -> Cost { return {a.element() * a.number(5), FLOAT * a.number(5), 0}; }},
      {"selectTokenBackward",
       [](const Arguments& a) -> Cost { return {FLOAT * a.number(5), a.element() * a.number(5), 0}; }},
      // augmentation.cu
      {"crop", atMost([](const Arguments& a) -> Cost {
         const auto* boxes = reinterpret_cast<const int*>(a.launch.values[3]);
         const double images = a.gridX(), channels = a.number(4), height = a.number(5),
                      width = a.number(6);
         double read = 0;
         for (int image = 0; image < images; image++) {
           // The rows that are seen, each with what else is in its first and last word.
           read += channels * std::min<double>(height, boxes[5 * image]) *
                   std::min<double>(width + 6, boxes[5 * image + 1]);
         }
         return {read + (5 * FLOAT + DOUBLE) * images, images * channels * height * width, 0};
       })},
      {"erase", atMost([](const Arguments& a) -> Cost {
         const auto* firsts = reinterpret_cast<const int*>(a.launch.values[1]);
         const auto* boxes = reinterpret_cast<const int*>(a.launch.values[2]);
         const int count = firsts[static_cast<int>(a.gridX())];
         double numbers = 0;
         for (int box = 0; box < count; box++) {
           numbers += a.number(4) * boxes[5 * box + 2] * boxes[5 * box + 3];
         }
         return {FLOAT * (a.gridX() + 1) + (5 * FLOAT + 4 * DOUBLE) * count, FLOAT * numbers, 0};
       })},
      {"mix", atMost([](const Arguments& a) -> Cost {
         const double n = a.number(7);
         const double images = n / (a.number(4) * a.number(5) * a.number(6));
         return {FLOAT * (2 * n + 6 * images), FLOAT * n, 3 * n};
       })},
      {"dropout", atMost([](const Arguments& a) -> Cost {
         const double image = a.number(5);
         const double n = a.number(6) / static_cast<double>((static_cast<int64_t>(image) + 3) / 4) * image;
         return {a.element() * n + 4 * DOUBLE, a.element() * n, n};
       })},
      // losses.cu, metrics.cu
      {"crossEntropy", loss(9)},
      {"binaryCrossEntropy", loss(12)},
      {"divergence", loss(18)},
      {"hardLabels",
       [](const Arguments& a) -> Cost {
         const double n = a.gridX() * a.number(2);
         return {FLOAT * n, FLOAT * n, 3 * n};
       }},
      {"score",
       [](const Arguments& a) -> Cost {
         const double images = a.gridX(), n = images * a.number(5);
         return {FLOAT * ((1 + a.isGiven(3)) * n + images), (FLOAT + DOUBLE) * images, 8 * n};
       }},
      // optimizers.cu, reductions.cu
      {"adamW",
       [](const Arguments& a) {
         Cost cost = table(0, 5, 4, 3, 14, true)(a);
         cost.read += FLOAT * 8 * a.number(1) + factor(a, 3);
         return cost;
       }},
      {"clipFactor", [](const Arguments&) -> Cost { return {DOUBLE, 2 * DOUBLE, 4}; }},
      {"sgd", update(5, 3, 2, 7, 3, 4)},
      {"nesterov", update(5, 3, 2, 9, 3, 4)},
      {"lambDirection", update(6, 4, 3, 14, 6, 5)},
      {"descend",
       [](const Arguments& a) -> Cost {
         const double n = a.number(3);
         return {FLOAT * (2 * n + 1), FLOAT * n, 2 * n};
       }},
      {"descendByTrust",
       [](const Arguments& a) -> Cost {
         const double n = a.number(6);
         return {FLOAT * (2 * n + 1) + 2 * DOUBLE, FLOAT * n, 2 * n};
       }},
      {"ema", table(0, 2, 2, 1, 3)},
      {"sumRows",
       [](const Arguments& a) -> Cost {
         const double n = a.number(2) * a.number(3);
         return {a.element() * n, FLOAT * a.gridY() * a.number(2), n};
       }},
      {"addRows",
       [](const Arguments& a) -> Cost {
         const double columns = a.number(2), n = columns * a.number(4);
         return {FLOAT * columns + a.element() * n, FLOAT * columns, n};
       }},
      {"addParts",
       [](const Arguments& a) -> Cost {
         const double columns = (1 + a.isGiven(1)) * a.number(3), n = columns * a.number(4);
         return {FLOAT * (columns + n), FLOAT * columns, n};
       }},
      {"sumOfSquares",
       [](const Arguments& a) {
         Cost cost = table(1, 1, 1, 0, 2)(a);
         cost.written = DOUBLE * a.gridX();
         return cost;
       }},
      {"sumParts",
       [](const Arguments& a) -> Cost { return {DOUBLE * a.number(2), DOUBLE, a.number(2)}; }},
      // batch_norm.cu
      {"batchNormMoments",
       [](const Arguments& a) -> Cost {
         const double channels = a.number(3), n = channels * a.number(4);
         return {FLOAT * n, FLOAT * 2 * a.gridY() * channels, 5 * n};
       }},
      {"batchStatistics",
       [](const Arguments& a) -> Cost {
         const double channels = a.number(4), n = channels * a.number(5);
         return {FLOAT * 2 * n, FLOAT * 2 * channels, 7 * n};
       }},
      {"updateStatistics", each(6, 4, 2, 7)},
      {"batchNormScale", each(4, 2, 1, 4)},
      {"batchNorm",
       [](const Arguments& a) -> Cost {
         const double channels = a.number(6), n = channels * a.number(8);
         return {FLOAT * ((1 + a.isGiven(2)) * n + 3 * channels), FLOAT * n, 5 * n};
       }},
      {"batchNormGradientSums",
       [](const Arguments& a) -> Cost {
         const double channels = a.number(8), n = channels * a.number(10);
         return {FLOAT * ((2 + a.isGiven(4) * a.number(9)) * n + 3 * channels),
                 FLOAT * 2 * a.gridY() * channels, 8 * n};
       }},
      {"batchNormParameterGradients",
       [](const Arguments& a) -> Cost {
         const double channels = a.number(9), n = channels * a.number(10);
         return {FLOAT * (2 * n + 4 * channels), FLOAT * 4 * channels, 2 * n};
       }},
      {"batchNormBackward",
       [](const Arguments& a) -> Cost {
         const double channels = a.number(10), n = channels * a.number(12);
         return {FLOAT * ((2 + a.isGiven(4) * a.number(11)) * n + 5 * channels),
                 FLOAT * (1 + a.isGiven(1)) * n, 9 * n};
       }},
      // channels.cu
      {"channelsLast", each(4, 1, 1, 0)},
      {"channelsFirst", each(4, 1, 1, 0)},
      {"averagePool",
       [](const Arguments& a) -> Cost {
         const double n = a.gridY() * a.number(2) * a.number(3);
         return {FLOAT * n, FLOAT * a.gridY() * a.number(2), n};
       }},
      {"averagePoolBackward",
       [](const Arguments& a) -> Cost {
         const double scales = a.gridY() * a.number(3), n = scales * a.number(4);
         return {FLOAT * (n + scales), FLOAT * n, 2 * n};
       }},
      {"scaleChannels",
       [](const Arguments& a) -> Cost {
         const double scales = a.gridY() * a.number(3), n = scales * a.number(4);
         return {FLOAT * (n + scales), FLOAT * n, n};
       }},
      {"scaleChannelsBackward",
       [](const Arguments& a) -> Cost {
         const double scales = a.gridY() * a.number(5), n = scales * a.number(6);
         return {FLOAT * (2 * n + scales), FLOAT * (n + scales), 3 * n};
       }},
      {"relu", each(2, 1, 1, 1)},
      {"reluBackward", atMost(each(3, 2, 1, 1))},
      {"sigmoid", each(2, 1, 1, 3)},
      {"sigmoidBackward", each(3, 2, 1, 3)},
      // sampling.cu
      {"samplePixels",
       [](const Arguments& a) -> Cost {
         const double n = a.gridX() * sampled(a.number(3), a.number(5)) * a.number(4);
         return {FLOAT * n, a.element() * n, 0};
       }},
      {"samplePixelsBackward",
       [](const Arguments& a) -> Cost {
         const double height = a.number(2), width = a.number(3), stride = a.number(5);
         const double images = a.gridX() / height, channels = a.number(4);
         return {FLOAT * images * sampled(height, stride) * sampled(width, stride) * channels,
                 FLOAT * images * height * width * channels, 0};
       }},
      // convolution.cu
      {"convolution", atMost(convolution)},
      {"convolutionBfloat16", atMost(onTensorCores(convolution))},
      {"convolutionInputGradient", atMost(convolutionInputGradient)},
      {"convolutionInputGradientBfloat16", atMost(onTensorCores(convolutionInputGradient))},
      {"convolutionWeightGradient", atMost(convolutionWeightGradient)},
      {"convolutionWeightGradientBfloat16", atMost(onTensorCores(convolutionWeightGradient))},
  };
  return all;
}

typedef std::tuple<std::string, int, double, double, double> Work;

struct Count {
  long times;
  long nodes;  // of these, as part of a graph
};

// How often, in the order of first appearance.
std::vector<std::pair<Work, Count>> account;
std::map<Work, size_t> places;

}  // namespace

bool isCounting() { return value("account") != 0; }

bool isComputing() { return value("account") != 1; }

Cost costOf(const Launch& launch) {
  const Arguments arguments = {launch};
  auto found = formulas().find(launch.name);
  if (found == formulas().end() && arguments.element() == 2) {
    found = formulas().find(launch.name.substr(0, launch.name.rfind("Bfloat16")));
  }
  if (found == formulas().end()) {
    violate("kernel %s: account.cpp does not say what it reads and writes", launch.name.c_str());
    return {0, 0, 0};
  }
  return found->second(arguments);
}

void requireCost(const Launch& launch, const Cost& cost, const Traffic& traffic) {
  const double read = static_cast<double>(traffic.read);
  const double written = static_cast<double>(traffic.written);
  const bool right = cost.most ? read <= cost.read && written <= cost.written
                               : read == cost.read && written == cost.written;
  if (!right) {
    violate("kernel %s read %.0f and wrote %.0f bytes, account.cpp says %s%.0f and %.0f",
            launch.name.c_str(), read, written, cost.most ? "at most " : "", cost.read, cost.written);
  }
}

void note(const std::string& name, const Cost& cost) {
  const Work work(name, static_cast<int>(cost.unit), cost.read, cost.written, cost.operations);
  const auto added = places.insert({work, account.size()});
  if (added.second) {
    account.push_back({work, {0, 0}});
  }
  Count& count = account[added.first->second].second;
  count.times++;
  count.nodes += isOfGraph();
}

}  // namespace standin

using namespace standin;

// Forgets all work so far.
EXPORT void standin_clear_account() {
  std::lock_guard<std::recursive_mutex> guard(lock());
  account.clear();
  places.clear();
  for (const char* count : {"waits", "eventWaits", "graphLaunches"}) {
    value(count) = 0;
  }
}

// A line for each work that is not the same: name, unit, how often, bytes read and written by one, its
// operations, how often as part of a graph; tabs between. Returns the length of all; what has no room is left out.
EXPORT long standin_account(char* text, long size) {
  static const char* const units[] = {"float32", "tf32", "bfloat16", "none"};
  std::lock_guard<std::recursive_mutex> guard(lock());
  std::string all;
  for (const auto& [work, count] : account) {
    const auto& [name, unit, read, written, operations] = work;
    char line[256];
    snprintf(line, sizeof line, "%s\t%s\t%ld\t%.0f\t%.0f\t%.0f\t%ld\n", name.c_str(), units[unit],
             count.times, read, written, operations, count.nodes);
    all += line;
  }
  strncpy(text, all.c_str(), size - 1);
  text[size - 1] = 0;
  return static_cast<long>(all.size());
}
