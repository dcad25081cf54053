package io.github.deit4j.vit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.golden.GoldenModel;
import io.github.deit4j.golden.HashFill;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.train.Targets;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model of golden items 4, 12 and 14: sizes from its JSON file, everything else from {@link
 * HashFill}.
 */
final class FullSizeModel implements AutoCloseable {
  private static final int HEAD_WIDTH = 64;

  private final Backend backend;
  private final JsonValue json;
  private final HashFill fill;
  private final TensorArena step;
  private final Model model;
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, float[]> activations = new LinkedHashMap<>();
  private double loss;
  private double binaryLoss;

  FullSizeModel(Backend backend, JsonValue json) throws IOException {
    this.backend = backend;
    this.json = json;
    this.fill = new HashFill(Long.parseUnsignedLong(json.get("seed").value().toString()));
    this.step = backend.arena("step", Long.MAX_VALUE);
    this.model = config().create(backend, true, 0);
    model.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
    for (JsonValue row : json.get("parameters").items()) {
      Parameter parameter = parameter(row.get("name").asString());
      int[] sizes = row.get("shape").asInts();
      assertThat(parameter.value().shape().sizes()).as(parameter.name()).containsExactly(sizes);
      Tensors.write(backend, parameter.value(), values(row, parameter.value().elements()));
    }
  }

  private float[] values(JsonValue row, long elements) throws IOException {
    return fill.values(
        row.get("name").asString(),
        elements,
        row.get("offset").asDouble(),
        row.get("scale").asDouble());
  }

  /** Newer files say the sizes, older ones leave them to the shapes. */
  private ViTConfig config() throws IOException {
    return json.has("heads") ? configByJson() : configByShapes();
  }

  private ViTConfig configByJson() throws IOException {
    assertThat(json.get("layer_norm_eps").asDouble()).isEqualTo(1e-6);
    boolean layerScale = json.get("layer_scale").asBoolean();
    boolean distilled = json.get("distilled").asBoolean();
    assertThat(json.get("no_embed_class").asBoolean()).isEqualTo(layerScale);
    assertThat(layerScale && distilled).isFalse();
    return new ViTConfig(
        layerScale ? DeiT3Family.INSTANCE : DeiTFamily.INSTANCE,
        json.get("image_size").asInt(),
        json.get("patch_size").asInt(),
        json.get("input").get("shape").asInts()[1],
        json.get("classes").asInt(),
        json.get("embed_dim").asInt(),
        json.get("depth").asInt(),
        json.get("heads").asInt(),
        json.get("mlp_hidden").asInt(),
        distilled);
  }

  private ViTConfig configByShapes() throws IOException {
    var shapes = new LinkedHashMap<String, int[]>();
    for (JsonValue row : json.get("parameters").items()) {
      shapes.put(row.get("name").asString(), row.get("shape").asInts());
    }
    int[] patches = shapes.get("patch_embed.proj.weight");
    int depth = (int) shapes.keySet().stream().filter(n -> n.endsWith(".norm1.weight")).count();
    return new ViTConfig(
        DeiTFamily.INSTANCE,
        json.get("input").get("shape").asInts()[2],
        patches[2],
        patches[1],
        json.get("classes").asInt(),
        patches[0],
        depth,
        patches[0] / HEAD_WIDTH,
        shapes.get("blocks.0.mlp.fc1.weight")[0],
        shapes.containsKey("dist_token"));
  }

  List<Parameter> parameters() {
    return model.parameters();
  }

  Parameter parameter(String name) {
    assertThat(parameters).as("the model's parameters").containsKey(name);
    return parameters.get(name);
  }

  float[] input() throws IOException {
    JsonValue input = json.get("input");
    return values(input, product(input.get("shape").asInts()));
  }

  private static long product(int[] sizes) {
    return Arrays.stream(sizes).asLongStream().reduce(1, Math::multiplyExact);
  }

  /** Runs forward once. */
  void forward() throws IOException {
    addLogits(forward(ForwardPass.evaluation(Ops.inference(backend, step)), images()));
  }

  private Logits forward(ForwardPass pass, Tensor images) {
    return model.forward(
        pass.observedBy((name, x) -> activations.put(name, Tensors.floats(backend, x))), images);
  }

  private Tensor images() throws IOException {
    return Tensors.of(backend, step, input(), json.get("input").get("shape").asInts());
  }

  /** Runs forward, loss and backward once. */
  void train() throws IOException {
    Tape tape = new Tape(backend, step);
    Tensor images = images();
    Logits logits =
        forward(
            ForwardPass.training(Ops.recording(backend, step, tape), new Draws(0, 0, 0)), images);
    addLogits(logits);
    int[] labels = labels(images.shape().size(0));
    String kind = json.get("training_loss").get("kind").asString();
    double smoothing = GoldenModel.numberAfter("smoothing", kind);
    Tensor targets = Targets.of(backend, step, labels, model.config().classes(), smoothing);
    double[] losses =
        lossOf(kind)
            .compute(backend, step, tape, logits, targets, teacherLogits(), labels.length)
            .total();
    loss = Arrays.stream(losses).sum() / losses.length;
    if (json.has("bce_loss")) {
      binaryLoss = binaryLoss(logits, labels);
    }
    tape.backward();
  }

  /** The mean binary cross entropy if the image's own label and the flipped batch's are true. */
  private double binaryLoss(Logits logits, int[] labels) {
    int classes = model.config().classes();
    float[] targets = new float[labels.length * classes];
    for (int i = 0; i < labels.length; i++) {
      targets[i * classes + labels[i]] = 1;
      targets[i * classes + labels[labels.length - 1 - i]] = 1;
    }
    Tensor losses = step.allocate(DType.F64, Shape.of(labels.length));
    Tensor gradient = step.allocate(labels.length, classes);
    Tensor wanted = Tensors.of(backend, step, targets, labels.length, classes);
    backend.loss().binaryCrossEntropy(losses, gradient, logits.classLogits(), wanted, 1);
    double[] values = new double[labels.length];
    backend.read(MemorySegment.ofArray(values), losses);
    return Arrays.stream(values).sum() / values.length;
  }

  double binaryLoss() {
    return binaryLoss;
  }

  private void addLogits(Logits logits) {
    float[] classLogits = Tensors.floats(backend, logits.classLogits());
    activations.put("logits_cls", classLogits);
    activations.put("logits_eval", classLogits);
    if (logits.distillation() != null) {
      float[] distillation = Tensors.floats(backend, logits.distillation());
      float[] mean = new float[classLogits.length];
      for (int i = 0; i < mean.length; i++) {
        mean[i] = (classLogits[i] + distillation[i]) / 2;
      }
      activations.put("logits_dist", distillation);
      activations.put("logits_eval", mean);
    }
  }

  private int[] labels(int images) throws IOException {
    int[] labels = new int[images];
    for (int i = 0; i < images; i++) {
      labels[i] = (int) Long.remainderUnsigned(fill.hash("labels", i), model.config().classes());
    }
    assertThat(labels).as("labels").containsExactly(json.get("labels").asInts());
    return labels;
  }

  private DistillationLoss lossOf(String kind) {
    return json.value() instanceof Map<?, ?> map && map.get("teacher_logits") == null
        ? DistillationLoss.NONE
        : new DistillationLoss(
            DistillationType.HARD,
            GoldenModel.numberAfter("alpha", kind),
            1,
            SoftReduction.ELEMENT);
  }

  private Tensor teacherLogits() throws IOException {
    if (!json.has("teacher_logits")) {
      return null;
    }
    JsonValue teacher = json.get("teacher_logits");
    int[] sizes = teacher.get("shape").asInts();
    return Tensors.of(backend, step, values(teacher, product(sizes)), sizes);
  }

  Map<String, float[]> activations() {
    return activations;
  }

  Map<String, float[]> gradients() {
    var gradients = new LinkedHashMap<String, float[]>();
    parameters.forEach((name, p) -> gradients.put(name, Tensors.floats(backend, p.gradient())));
    return gradients;
  }

  double loss() {
    return loss;
  }

  /** The class with the largest of {@code logits_eval}, for each image. */
  int[] predictedClasses() {
    float[] logits = activations.get("logits_eval");
    int classes = model.config().classes();
    int[] predicted = new int[logits.length / classes];
    for (int i = 0; i < logits.length; i++) {
      int image = i / classes;
      if (logits[i] > logits[image * classes + predicted[image]]) {
        predicted[image] = i % classes;
      }
    }
    return predicted;
  }

  @Override
  public void close() {
    model.close();
    step.close();
  }
}
