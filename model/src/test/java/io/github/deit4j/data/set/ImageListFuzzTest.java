package io.github.deit4j.data.set;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import io.github.deit4j.testing.FuzzedFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A list of images, as CSV, a run's split, iNaturalist's JSON and ReaL's labels; no image is
 * outside the folder.
 */
class ImageListFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() throws IOException {
    Files.writeString(folder().resolve("a.png"), "");
    Files.writeString(folder().resolve("b.png"), "");
    return Stream.of(
            "path,label,split\na.png,x,train\n\"b.png\",\"y, \"\"z\",val\n",
            "path,label,split\na.png,x,val\n",
            "label,split,path\r\n7,test,./a.png\r\n",
            "path,label,split\n../../etc/passwd,x,train\n/dev/zero,y,train\n",
            "path,label,split\n" + "\"".repeat(100_001),
            "{\"images\":[{\"id\":1,\"file_name\":\"a.png\"}],"
                + "\"annotations\":[{\"image_id\":1,\"category_id\":0}],"
                + "\"categories\":[{\"id\":0,\"name\":\"x\"}]}",
            "[[0],[],[0,1]]",
            "[" + "[".repeat(10_000))
        .map(text -> text.getBytes(UTF_8))
        .toList();
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    Files.write(folder().resolve("images.csv"), content);
    Files.write(folder().resolve("train2018.json"), content);
    boolean csv = lists(new ImageList());
    boolean split = splits();
    return lists(new INaturalist()) || csv || split;
  }

  private boolean splits() throws IOException {
    try {
      Path file = folder().resolve("images.csv");
      assertThat(ValidationSplit.read(file, new OneImage()).toCsv()).contains("a.png,x,");
      return true;
    } catch (DatasetException e) {
      assertThat(e).hasMessageContaining(folder().toString());
      return false;
    }
  }

  /** The image of the first example. */
  private record OneImage() implements Dataset {
    @Override
    public int size() {
      return 1;
    }

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public List<String> classNames() {
      return List.of("x");
    }

    @Override
    public int label(int index) {
      return 0;
    }

    @Override
    public String path(int index) {
      return "a.png";
    }

    @Override
    public Image image(int index, Reduction reduction) throws CorruptImageException {
      throw new CorruptImageException(path(index), "only its name is known");
    }
  }

  private boolean lists(ImageFileFormat format) throws IOException {
    try {
      for (String split : format.splitsOrWhole(folder())) {
        ImageFiles files = format.files(folder(), split);
        for (int i = 0; i < files.size(); i++) {
          assertThat(folder().resolve(files.path(i)).toRealPath())
              .startsWith(folder().toRealPath());
        }
      }
      return true;
    } catch (DatasetException e) {
      assertThat(e).hasMessageContaining(folder().toString());
      return false;
    }
  }
}
