package io.github.deit4j.export;

import io.github.deit4j.backend.Backend;
import io.github.deit4j.deit.DeiT;
import io.github.deit4j.deit.DeiTFile;
import io.github.deit4j.deit.ModelInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Forms in which other programs take a model. */
public enum ExportFormat {
  /** One safetensors file with timm's tensor names and deit4j's metadata. */
  TIMM {
    @Override
    public void write(Path out, Backend backend, DeiT model, ModelInfo info) throws IOException {
      DeiTFile.save(out, backend, model, info);
    }
  },
  /** A folder as on the Hugging Face hub: configuration, preprocessing and weights. */
  HUGGINGFACE {
    @Override
    public void write(Path out, Backend backend, DeiT model, ModelInfo info) throws IOException {
      new HuggingFaceExport(backend, model, info).write(out);
    }
  },
  /**
   * One ONNX file (operator set 17): the evaluation of normalised images in batches of any size.
   *
   * <p>Input {@code images}: [batch, channels, size, size], float32, normalised with mean and
   * deviation of the metadata. Output {@code logits}: [batch, classes], of a distilled model the
   * mean of both heads' logits, as the reference model has it in evaluation; that one's {@code
   * class_logits} and {@code distillation_logits} follow.
   */
  ONNX {
    @Override
    public void write(Path out, Backend backend, DeiT model, ModelInfo info) throws IOException {
      OnnxExport.write(out, backend, model, DeiTFile.metadata(info));
    }
  };

  /** Returns the name on the command line. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Writes a model.
   *
   * @param out the file to create or replace; for {@link #HUGGINGFACE} a folder
   * @throws io.github.deit4j.weights.CannotWriteException if it cannot be written
   */
  public abstract void write(Path out, Backend backend, DeiT model, ModelInfo info)
      throws IOException;
}
