import static java.awt.RenderingHints.KEY_ANTIALIASING;
import static java.awt.RenderingHints.VALUE_ANTIALIAS_ON;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import javax.imageio.ImageIO;

/**
 * Draws pictures to learn from, so that these pages can be tried without any: a folder for each kind
 * of shape, in it JPEG files of 160 × 120 pixels, always the same ones.
 *
 * <pre>java docs/Shapes.java FOLDER IMAGES SHAPE…      # circle, cross, ring, square, star, triangle</pre>
 */
final class Shapes {
  private static final int WIDTH = 160;
  private static final int HEIGHT = 120;

  /** What pictures of a kind have in common. A shape is about two units wide, around the origin. */
  private record Kind(Shape shape, float hue) {}

  private static final Map<String, Kind> KINDS = new LinkedHashMap<>();

  static {
    KINDS.put("circle", new Kind(disc(1), 0));
    KINDS.put("cross", new Kind(cross(), 0.9f));
    KINDS.put("ring", new Kind(ring(), 0.5f));
    KINDS.put("square", new Kind(new Rectangle2D.Double(-0.9, -0.9, 1.8, 1.8), 0.6f));
    KINDS.put("star", new Kind(polygon(10, 0.4), 0.15f));
    KINDS.put("triangle", new Kind(polygon(3, 1), 0.35f));
  }

  private Shapes() {}

  public static void main(String[] args) throws IOException {
    System.setProperty("java.awt.headless", "true");
    List<String> names = List.of(args).subList(Math.min(2, args.length), args.length);
    if (names.isEmpty() || !KINDS.keySet().containsAll(names)) {
      System.err.println("usage: java Shapes.java FOLDER IMAGES SHAPE…, of " + KINDS.keySet());
      System.exit(2);
    }
    for (String name : names) {
      Path folder = Files.createDirectories(Path.of(args[0], name));
      for (int number = 1; number <= Integer.parseInt(args[1]); number++) {
        RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(31L * name.hashCode() + number);
        Path file = folder.resolve("%03d.jpg".formatted(number));
        ImageIO.write(picture(KINDS.get(name), random), "jpg", file.toFile());
      }
    }
  }

  private static BufferedImage picture(Kind kind, RandomGenerator random) {
    BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(KEY_ANTIALIASING, VALUE_ANTIALIAS_ON);
    float hue = kind.hue + random.nextFloat(-0.06f, 0.06f);
    float behind = hue + random.nextFloat(0.3f, 0.7f);
    Color first = colour(behind, random);
    Color last = colour(behind + random.nextFloat(0.15f), random);
    graphics.setPaint(new GradientPaint(0, 0, first, WIDTH, HEIGHT, last));
    graphics.fillRect(0, 0, WIDTH, HEIGHT);
    graphics.setPaint(colour(hue, random));
    double size = random.nextDouble(25, 45);
    AffineTransform place = new AffineTransform();
    place.translate(
        WIDTH / 2.0 + random.nextDouble(-12, 12), HEIGHT / 2.0 + random.nextDouble(-8, 8));
    place.rotate(random.nextDouble(2 * Math.PI));
    place.scale(size, size * random.nextDouble(0.8, 1));
    graphics.fill(place.createTransformedShape(kind.shape));
    graphics.dispose();
    addNoise(picture, random);
    return picture;
  }

  private static Color colour(float hue, RandomGenerator random) {
    return Color.getHSBColor(hue, random.nextFloat(0.4f, 0.9f), random.nextFloat(0.5f, 1));
  }

  private static void addNoise(BufferedImage picture, RandomGenerator random) {
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int rgb = picture.getRGB(x, y);
        int noisy = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
          int value = (rgb >> shift & 0xff) + (int) (8 * random.nextGaussian());
          noisy |= Math.max(0, Math.min(value, 0xff)) << shift;
        }
        picture.setRGB(x, y, noisy);
      }
    }
  }

  private static Shape disc(double radius) {
    return new Ellipse2D.Double(-radius, -radius, 2 * radius, 2 * radius);
  }

  private static Shape ring() {
    Area ring = new Area(disc(1));
    ring.subtract(new Area(disc(0.55)));
    return ring;
  }

  private static Shape cross() {
    Area cross = new Area(new Rectangle2D.Double(-1, -0.3, 2, 0.6));
    cross.add(new Area(new Rectangle2D.Double(-0.3, -1, 0.6, 2)));
    return cross;
  }

  /** Corners at distance 1, every second one at {@code inner}. */
  private static Shape polygon(int corners, double inner) {
    Path2D path = new Path2D.Double();
    for (int i = 0; i < corners; i++) {
      double angle = 2 * Math.PI * i / corners;
      double radius = i % 2 == 0 ? 1 : inner;
      if (i == 0) {
        path.moveTo(radius, 0);
      } else {
        path.lineTo(radius * Math.cos(angle), radius * Math.sin(angle));
      }
    }
    path.closePath();
    return path;
  }
}
