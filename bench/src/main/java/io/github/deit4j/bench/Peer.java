package io.github.deit4j.bench;

import io.github.deit4j.export.ExportFormat;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What people would otherwise use. */
public enum Peer {
  /** Inference only. */
  ONNXRUNTIME(ExportFormat.ONNX, ".onnx"),
  /** Inference and training. */
  PYTORCH(ExportFormat.TIMM, ".safetensors");

  private final ExportFormat format;
  private final String extension;

  Peer(ExportFormat format, String extension) {
    this.format = format;
    this.extension = extension;
  }

  /** Returns its name in commands. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the form in which it takes a model. */
  ExportFormat format() {
    return format;
  }

  /** Returns how the names of such files end. */
  String extension() {
    return extension;
  }

  private boolean does(ModelCase.Mode mode) {
    return this == PYTORCH || mode == ModelCase.Mode.INFERENCE;
  }

  /** Returns those that can do it. */
  public static List<Peer> of(ModelCase.Mode mode) {
    return Arrays.stream(values()).filter(peer -> peer.does(mode)).toList();
  }
}
