package io.github.deit4j.data.set;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.testing.FuzzedFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;

/**
 * A list of images, as CSV, iNaturalist's JSON and ReaL's labels; no image is outside the folder.
 */
class ImageListFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() throws IOException {
    Files.writeString(folder().resolve("a.png"), "");
    Files.writeString(folder().resolve("b.png"), "");
    return Stream.of(
            "path,label,split\na.png,x,train\n\"b.png\",\"y, \"\"z\",val\n",
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
    return lists(new INaturalist()) || csv;
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
