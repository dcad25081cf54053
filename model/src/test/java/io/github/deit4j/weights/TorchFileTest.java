package io.github.deit4j.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that PyTorch wrote (src/test/python/make_torch_files.py), and bad ones of our own. */
class TorchFileTest {
  @TempDir Path dir;

  static Path resource(String name) {
    try {
      return Path.of(TorchFileTest.class.getResource("/torch/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "wrapped", "compiled", "parameters", "checkpoint", "protocol4"})
  void readsBothFormats(String name) throws IOException {
    for (String format : new String[] {"zip", "legacy"}) {
      try (WeightFile file = WeightFile.open(resource(name + "-" + format + ".pth"));
          WeightFile expected = WeightFile.open(resource("expected.safetensors"))) {
        assertThat(file).isInstanceOf(TorchFile.class);
        assertThat(file.tensors().keySet()).containsExactlyElementsOf(expected.tensors().keySet());
        for (TensorInfo tensor : expected.tensors().values()) {
          assertThat(file.tensor(tensor.name()).shape()).isEqualTo(tensor.shape());
          assertThat(file.floats(tensor.name()))
              .as(tensor.name())
              .isEqualTo(expected.floats(tensor.name()));
        }
      }
    }
  }

  @Test
  void tellsTypesAndRefusesWrongUse() throws IOException {
    try (WeightFile file = WeightFile.open(resource("plain-zip.pth"))) {
      assertThat(file.tensor("half").dtype()).isEqualTo(DType.F16);
      assertThat(file.tensor("bfloat16").dtype()).isEqualTo(DType.BF16);
      assertThat(file.tensor("transposed").shape()).isEqualTo(Shape.of(6, 4));
      assertThatThrownBy(() -> file.floats("none")).isInstanceOf(FormatException.class);
      assertThatThrownBy(() -> file.copyTo("half", MemorySegment.ofArray(new float[4])))
          .isInstanceOf(ShapeException.class);
    }
  }

  private Path zip(String pickle, int method, String... names) throws IOException {
    Map<String, byte[]> contents = new LinkedHashMap<>();
    Stream.of(names).forEach(name -> contents.put(name, pickle.getBytes(ISO_8859_1)));
    return zip(contents, method);
  }

  private Path zip(Map<String, byte[]> contents, int method) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> named : contents.entrySet()) {
        byte[] content = named.getValue();
        ZipEntry entry = new ZipEntry(named.getKey());
        entry.setMethod(method);
        entry.setSize(content.length);
        entry.setCompressedSize(method == ZipEntry.STORED ? content.length : -1);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setCrc(crc.getValue());
        out.putNextEntry(entry);
        out.write(content);
        out.closeEntry();
      }
    }
    return Files.write(dir.resolve("bad.pth"), bytes.toByteArray());
  }

  private Path pickle(String pickle) throws IOException {
    return zip("\u0080\u0002" + pickle, ZipEntry.STORED, "x/data.pkl");
  }

  private static void assertRefused(Path file, String... why) {
    assertThatThrownBy(() -> WeightFile.open(file).close())
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContainingAll(why);
  }

  @Test
  void compressedEntriesAreRefusedUnread() throws IOException {
    Path bomb = zip("\0".repeat(1 << 20), ZipEntry.DEFLATED, "x/data.pkl");
    assertThat(Files.size(bomb)).isLessThan(5000);
    assertRefused(bomb, "\"x/data.pkl\"", "compressed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../evil", "/etc/evil", "x/../../evil", "x\\..\\evil"})
  void entriesThatLeaveTheFolderAreRefused(String name) throws IOException {
    assertRefused(zip("", ZipEntry.STORED, "x/data.pkl", name), "within one folder", name);
  }

  @Test
  void archivesOfOtherThingsAreRefused() throws IOException {
    assertRefused(zip("", ZipEntry.STORED, "readme.txt"), "one FOLDER/data.pkl");
    assertRefused(zip("", ZipEntry.STORED, "a/data.pkl", "b/data.pkl"), "one FOLDER/data.pkl");
    assertRefused(
        zip("", ZipEntry.STORED, "a/data.pkl", "a/constants.pkl"), "TorchScript", "state_dict");
  }

  @Test
  void namesThatAreNotListedAreRefused() throws IOException {
    assertRefused(pickle("cos\nsystem\n(U\u0004echotR."), "os.system", "not on the list");
    assertRefused(pickle("cbuiltins\neval\n."), "builtins.eval");
    assertRefused(pickle("ctorch\nload\n."), "torch.load");
    assertRefused(pickle("ctorch._utils\n_import_dotted_name\n."), "_import_dotted_name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".", // nothing on the stack
        "(.", // a mark
        "0.",
        "h\u0005.", // nothing remembered
        "]}a", // no end
        "N}s.", // no dictionary below
        "I1\n.", // protocol 0
        "X\u00ff\u00ff\u00ff\u007fab.", // a text longer than the file
        "\u008b\u00ff\u00ff\u00ff\u007f.",
        "}U\u0001aK\u0001s.", // bytes are no key
        "K\u0001K\u0002R.", // a number called
        "ccollections\nOrderedDict\nK\u0001R.", // no arguments
        "K\u0001Q.", // no persistent id
        "}(K\u0001u." // a key without value
      })
  void malformedPicklesAreRefused(String content) throws IOException {
    assertRefused(pickle(content), "expected ", "found ");
  }

  /** A list that holds itself, as a dictionary's value and as its key. */
  @Test
  void valuesThatHoldThemselvesDoNoHarm() throws IOException {
    assertRefused(pickle("]q\u0000h\u0000a}h\u0000h\u0000s."), "a state dict");
    assertRefused(pickle("]q\u0000h\u0000a."), "a state dict");
    assertRefused(pickle("]q\u0000h\u0000aQ."), "persistent id");
  }

  /** A million tuples, each of which holds the one before twice. */
  @Test
  void sharedValuesAreNotCopied() throws IOException {
    String doubling = "q\u0000h\u0000\u0086";
    assertRefused(pickle(")" + doubling.repeat(100_000) + "."), "a state dict");
  }

  @Test
  void otherFilesWithSuchANameAreToldApart() throws IOException {
    Path empty = Files.write(dir.resolve("empty.pth"), new byte[0]);
    assertRefused(empty, "a PyTorch file");
    Path safetensors = Files.copy(resource("expected.safetensors"), dir.resolve("model"));
    try (WeightFile file = WeightFile.open(safetensors)) {
      assertThat(file).isInstanceOf(SafetensorsFile.class);
    }
  }

  private static String text(String text) {
    return "X" + (char) text.length() + "\0\0\0" + text;
  }

  /** A tensor of no elements that says to begin behind its storage's end. */
  @ParameterizedTest
  @ValueSource(
      strings = {"K\u0005", "J\u00ff\u00ff\u00ff\u007f", "\u008a\u0008\0\0\0\0\0\0\0\u0040"})
  void emptyTensorsLieInTheirStorageToo(String offset) throws IOException {
    String storage = "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu");
    String tensor = "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + "K\0tQ" + offset;
    String strides = "(K\0t(K\u0001t\u0089NtR";
    byte[] pickle = ("\u0080\u0002}" + text("w") + tensor + strides + "s.").getBytes(ISO_8859_1);
    Path file = zip(Map.of("x/data.pkl", pickle, "x/data/0", new byte[0]), ZipEntry.STORED);
    assertRefused(file, "a tensor within its storage", "of 0");
  }

  /** Keys of no tensor, by which maps that keep them get slow: equal hashes, or long to hash. */
  @Test
  void onlyTextsAndSmallIntegersAreKeys() throws IOException {
    String longText = "X\u00e9\u0003\0\0" + "k".repeat(1001);
    String huge = "\u008b\u0004\u0010\0\0" + "\u0001".repeat(0x1004);
    String number = "G?\u00f8\0\0\0\0\0\0";
    String big = "\u008a\u0006\0\0\0\0\u0001\0";
    String items = text("a") + "N" + "K\u0007N" + longText + "N" + huge + "N" + number + "N";
    Path file = pickle("");
    SegmentReader in =
        new SegmentReader(
            file,
            MemorySegment.ofArray(("}(" + items + big + "N" + "\u0088Nu.").getBytes(ISO_8859_1)));
    assertThat((Map<?, ?>) PickleReader.read(in, new TorchPickle(file)))
        .extracting(map -> List.copyOf(map.keySet()))
        .isEqualTo(List.of("a", 7L));
  }

  /** 4 MB that once took 37 seconds. */
  @Test
  @Timeout(60)
  void aHugeIntegerAsKeyOverAndOverCostsNothing() throws IOException {
    String huge = "\u008b\0\0\u0040\0" + "\u0001".repeat(0x400000) + "q\u0000";
    assertRefused(pickle(huge + "}(" + "h\0N".repeat(400_000) + "u."), "a state dict");
  }

  /** 4 MB that once took minutes: numbers of a hash that is the same for all. */
  @Test
  @Timeout(60)
  void keysOfEqualHashCostNothing() throws IOException {
    StringBuilder items = new StringBuilder();
    for (int i = 0; i < 120_000; i++) {
      // Its upper and lower half are the same, so that a Long's hash is 0.
      String half =
          "" + (char) (i & 0xff) + (char) (i >> 8 & 0xff) + (char) (i >> 16 & 0xff) + "\0";
      items.append("\u008a\u0008").append(half).append(half).append('N');
      // A double's bits are the same with the sign of a float's halves.
      items.append("G\0").append(half, 0, 3).append("\0").append(half, 0, 3).append('N');
    }
    assertRefused(pickle("}(" + items + "u."), "a state dict");
  }

  /** Lists that are walked through at each call. */
  @ParameterizedTest
  @ValueSource(strings = {"ccollections\nOrderedDict\n", "ctorch._utils\n_rebuild_tensor_v2\n"})
  @Timeout(60)
  void longListsAsArgumentsCount(String function) throws IOException {
    String storage =
        "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\0tQ";
    String list = "(" + "K\u0001".repeat(200_000) + "lq\u0001";
    String arguments =
        function.contains("Ordered") ? "h\u0001\u0085" : "(" + storage + "K\0h\u0001h\u0001t";
    String calls =
        function + "q\u0002" + arguments + "q\u0003" + "h\u0002h\u0003R0".repeat(100_000);
    assertRefused(pickle(list + calls + "."), "expected", "found");
  }

  /** A name that consists of a wrapper's prefix a million times. */
  @Test
  @Timeout(60)
  void namesAreNoLongerThanPeopleMakeThem() throws IOException {
    String storage =
        "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\0tQ";
    String tensor = "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + "K\0(t(t\u0089NtR";
    String name = "X\u00c0\u00cfj\0" + "module.".repeat(1_000_000);
    byte[] pickle = ("\u0080\u0002}" + name + tensor + "s.").getBytes(ISO_8859_1);
    Path file = zip(Map.of("x/data.pkl", pickle, "x/data/0", new byte[4]), ZipEntry.STORED);
    assertRefused(file, "expected", "found");
  }
}
