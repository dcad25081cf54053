package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.PixelOps;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.Tensor;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Images: a thread for each number, and one for each number of a sum over images. */
final class CudaPixels extends PixelOps {
  /** Numbers that a thread copies to or from a patch, as in images.cu. */
  private static final int LONGEST_RUN = 4;

  /** Bytes of an image that a block moves: of each thread some words of four. */
  private static final int BYTES_OF_BLOCK = 16 * Launcher.THREADS;

  /** Of one image. */
  private static final int MOST_BLOCKS = 1024;

  private final Launcher cuda;

  CudaPixels(Launcher cuda) {
    super(cuda);
    this.cuda = cuda;
  }

  @Override
  protected void crop(ImageSizes sizes, Tensor y, Tensor x, List<Crop> crops) {
    int images = sizes.images();
    long[] places = new long[images];
    IntBuffer boxes = IntBuffer.allocate(5 * images);
    for (int i = 0; i < images; i++) {
      Crop crop = crops.get(i);
      places[i] = crop.place();
      boxes.put(crop.height()).put(crop.width()).put(crop.top()).put(crop.left());
      boxes.put(crop.mirrored() ? 1 : 0);
    }
    int ofImage = Math.toIntExact(sizes.channels() * sizes.plane());
    int blocks = Math.min(MOST_BLOCKS, Math.ceilDiv(ofImage, BYTES_OF_BLOCK));
    Grid grid = Grid.of(images, blocks, Launcher.THREADS);
    cuda.augmentation.launch("crop", grid, y, x, places, boxes.array(), sizes);
  }

  @Override
  protected void normalize(ImageSizes sizes, Tensor y, Tensor x, float[] mean, float[] std) {
    long plane = sizes.plane();
    long count = sizes.images() * plane;
    int channels = sizes.channels();
    for (int channel = 0; channel < channels; channel++) {
      cuda.images.elements(
          "normalize", count, y, x, mean[channel], std[channel], channel, channels, plane);
    }
  }

  @Override
  protected void erase(ImageSizes sizes, Tensor x, List<Erasure> erasures) {
    if (erasures.isEmpty()) {
      return;
    }
    int images = sizes.images();
    List<Erasure> byImage =
        erasures.stream().sorted(Comparator.comparingInt(Erasure::image)).toList();
    // As long for the most numbers of boxes, so that most batches look the same to the device.
    int room = Math.ceilDiv(byImage.size(), images) * images;
    int[] firsts = new int[images + 1];
    IntBuffer boxes = IntBuffer.allocate(5 * room);
    LongBuffer streams = LongBuffer.allocate(4 * room);
    for (Erasure each : byImage) {
      firsts[each.image() + 1]++;
      Box box = each.box();
      boxes.put(box.top()).put(box.left()).put(box.height()).put(box.width());
      boxes.put(each.fill().ordinal()); // augmentation.cu counts as the enum does
      StreamKey noise = each.noise();
      streams.put(noise.seed()).put(noise.purpose()).put(noise.epoch()).put(noise.position());
    }
    Arrays.parallelPrefix(firsts, Integer::sum);
    Grid grid = Grid.of(images, Launcher.THREADS);
    cuda.augmentation.launch("erase", grid, x, firsts, boxes.array(), streams.array(), sizes);
  }

  @Override
  protected void mix(ImageSizes sizes, Tensor x, Tensor partners, List<ImageMix> mixes) {
    float[] weights = new float[2 * mixes.size()];
    for (int i = 0; i < mixes.size(); i++) {
      weights[2 * i] = mixes.get(i).own();
      weights[2 * i + 1] = mixes.get(i).other();
    }
    int[] boxes =
        mixes.stream()
            .map(ImageMix::box)
            .flatMap(box -> Stream.of(box.top(), box.left(), box.height(), box.width()))
            .mapToInt(Integer::intValue)
            .toArray();
    cuda.augmentation.elements("mix", x.elements(), x, partners, weights, boxes, sizes);
  }

  @Override
  protected void patches(ImageSizes sizes, Tensor patches, Tensor images, int patch) {
    launchRuns("patches", patches, patches, images, sizes, patch);
  }

  @Override
  protected void patchesBackward(ImageSizes sizes, Tensor images, Tensor patches, int patch) {
    launchRuns("patchesBackward", patches, images, patches, sizes, patch);
  }

  /** With a thread for every few neighbours, where they are that in both places. */
  private void launchRuns(String kernel, Tensor patches, Object... arguments) {
    long count = patches.elements();
    Grid grid = Grid.cover(Math.ceilDiv(count, LONGEST_RUN), Launcher.THREADS);
    cuda.images.of(patches).launch(kernel, grid, arguments, count);
  }

  @Override
  protected void embed(
      TokenSizes sizes, Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    int unplaced = unplaced(sizes, positions);
    cuda.images
        .of(y)
        .elements(
            "embed", patches.elements(), y, patches, positions, prefix.size(), unplaced, sizes);
    long count = (long) sizes.images() * sizes.width();
    for (int token = 0; token < prefix.size(); token++) {
      cuda.images
          .of(y)
          .elements("embedPrefix", count, y, prefix.get(token), positions, token, unplaced, sizes);
    }
  }

  /** Returns how many tokens in front have no position. */
  private static int unplaced(TokenSizes sizes, Tensor positions) {
    return sizes.tokens() - Math.toIntExact(positions.elements() / sizes.width());
  }

  @Override
  protected void embedBackward(
      TokenSizes sizes, Tensor dPatches, List<Tensor> dPrefix, Tensor dPositions, Tensor dy) {
    int images = sizes.images();
    int tokens = sizes.tokens();
    cuda.images
        .of(dy)
        .elements("embedBackward", dPatches.elements(), dPatches, dy, dPrefix.size(), sizes);
    Tensor rows = dy.reshape(images * tokens, sizes.width());
    for (int token = 0; token < dPrefix.size(); token++) {
      Tensor first = rows.slice(token, images * tokens);
      cuda.addRows(dPrefix.get(token), first, sizes.image(), images);
    }
    Tensor placed = rows.slice(unplaced(sizes, dPositions), images * tokens);
    cuda.addRows(dPositions, placed, sizes.image(), images);
  }

  @Override
  protected void selectToken(TokenSizes sizes, Tensor y, Tensor x, int token) {
    cuda.images.of(x).elements("selectToken", y.elements(), y, x, token, sizes);
  }

  @Override
  protected void selectTokenBackward(TokenSizes sizes, Tensor dx, Tensor dy, int token) {
    cuda.images.of(dx).elements("selectTokenBackward", dy.elements(), dx, dy, token, sizes);
  }
}
