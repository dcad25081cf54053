package io.github.deit4j.data.transform;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.ImageView;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;
import java.util.List;
import java.util.Optional;

/** Transforms one after the other, drawing from one stream in this order. */
public record Pipeline(List<Transform> transforms) implements Transform {
  /** Copies the list. */
  public Pipeline {
    transforms = List.copyOf(transforms);
  }

  /** Creates a pipeline of the given transforms. */
  public static Pipeline of(Transform... transforms) {
    return new Pipeline(List.of(transforms));
  }

  @Override
  public Image apply(Image image, Philox random) {
    Image result = image;
    for (Transform transform : transforms) {
      result = transform.apply(result, random);
    }
    return result;
  }

  @Override
  public Optional<ImageView> view(ImageView image, Philox random) {
    Optional<ImageView> result = Optional.of(image);
    for (Transform transform : transforms) {
      result = result.flatMap(seen -> transform.view(seen, random));
    }
    return result;
  }

  /** The first transform that changes the size decides; those in front of it draw nothing. */
  @Override
  public int reduction(int height, int width, Philox random) {
    return transforms.stream()
        .filter(transform -> !(transform instanceof ToChannels))
        .findFirst()
        .map(first -> first.reduction(height, width, random))
        .orElse(1);
  }

  /** The first transform that changes the size decides; the others follow with a fixed size. */
  @Override
  public void requireFits(String name, int height, int width) throws CorruptImageException {
    for (Transform transform : transforms) {
      if (!(transform instanceof ToChannels)) {
        transform.requireFits(name, height, width);
        return;
      }
    }
  }
}
