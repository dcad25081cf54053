package io.github.deit4j.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.testing.FuzzedFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Every tensor of a file that opens can be read; a file that does not open is named. */
class TorchFileFuzzTest extends FuzzedFormat {
  private static final String LEGACY =
      "\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.\u0080\u0002M\u00e9\u0003.\u0080\u0002}.";

  @Override
  protected List<byte[]> examples() throws IOException {
    List<byte[]> examples = new ArrayList<>();
    for (String name : new String[] {"plain", "wrapped", "parameters", "checkpoint", "protocol4"}) {
      examples.add(Files.readAllBytes(TorchFileTest.resource(name + "-zip.pth")));
      examples.add(Files.readAllBytes(TorchFileTest.resource(name + "-legacy.pth")));
    }
    String huge = "\u008b\0\0\u0001\0" + "\u0001".repeat(1 << 16) + "q\0";
    for (String pickle :
        new String[] {
          "}" + huge + "(" + "h\0N".repeat(5000) + "u.",
          "("
              + "K\u0001".repeat(5000)
              + "lq\1"
              + "h\1\u0085q\2ccollections\nOrderedDict\nq\3"
              + "h\3h\2R0".repeat(5000)
              + ".",
          "]q\0h\0a}h\0h\0s."
        }) {
      examples.add((LEGACY + "\u0080\u0002" + pickle + "\u0080\u0002].").getBytes(ISO_8859_1));
    }
    return examples;
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    Path path = Files.write(folder().resolve("fuzz.pth"), content);
    try (WeightFile file = WeightFile.open(path)) {
      for (TensorInfo tensor : file.tensors().values()) {
        if (tensor.isFloatingPoint()) {
          assertThat(file.floats(tensor.name()).length).isEqualTo(tensor.shape().elements());
        } else {
          assertThat(file.longs(tensor.name()).length).isEqualTo(tensor.shape().elements());
        }
      }
      return true;
    } catch (FormatException e) {
      assertThat(e).hasMessageStartingWith(path + ": ");
      return false;
    }
  }
}
