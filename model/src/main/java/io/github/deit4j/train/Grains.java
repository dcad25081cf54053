package io.github.deit4j.train;

import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.recipe.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The order in which the gradients of an effective batch are added up. A grain is some consecutive
 * images, whose gradients are one chain from zero, image by image; the sums of the grains are the
 * leaves of a binary tree whose left child holds the largest power of two below the node's size. No
 * rank occurs in it, so that the sum has the same bits for any number of them.
 *
 * @param images of the effective batch
 * @param size images of a grain; the last may be smaller
 */
record Grains(int images, int size) {
  /** The grains {@code from} to {@code to} − 1, which one node of the tree adds up. */
  record Node(int from, int to) {
    private int middle() {
      return from + Integer.highestOneBit(to - from - 1);
    }

    Node left() {
      return new Node(from, middle());
    }

    Node right() {
      return new Node(middle(), to);
    }

    private boolean lies(int first, int end) {
      return first <= from && to <= end;
    }
  }

  /** Returns the grains of a recipe's effective batch. */
  static Grains of(Recipe recipe) {
    return new Grains(Math.toIntExact(recipe.effectiveBatch()), recipe.get(Settings.GRAIN));
  }

  /** Returns the number of grains. */
  int count() {
    return Math.ceilDiv(images, size);
  }

  /** Returns the first image of a grain, and behind the last grain the number of images. */
  int firstImage(int grain) {
    return (int) Math.min(images, (long) grain * size);
  }

  /** Returns the node that holds all. */
  Node root() {
    return new Node(0, count());
  }

  /** Returns the fewest nodes that make up neighbouring grains, in order: what one rank adds up. */
  List<Node> nodes(int first, int end) {
    List<Node> nodes = new ArrayList<>();
    addNodes(root(), first, end, nodes);
    return nodes;
  }

  private static void addNodes(Node node, int first, int end, List<Node> nodes) {
    if (node.lies(first, end)) {
      nodes.add(node);
    } else if (node.from < end && first < node.to) {
      addNodes(node.left(), first, end, nodes);
      addNodes(node.right(), first, end, nodes);
    }
  }

  /** Returns the node whose children are two neighbours, or null if they are no siblings. */
  Node parent(Node left, Node right) {
    Node node = root();
    while (node.to - node.from > 1) {
      if (node.left().equals(left) && node.right().equals(right)) {
        return node;
      }
      node = right.to <= node.middle() ? node.left() : node.right();
      if (!left.lies(node.from, node.to)) {
        return null;
      }
    }
    return null;
  }

  /**
   * Returns the first grain of every rank, and behind the last rank the number of grains. No rank
   * has more than it must, and of such cuts it is one whose ranks have the fewest nodes, since each
   * node of a rank is sent. What comes out does not depend on the cut.
   *
   * @throws RecipeException if there are more ranks than grains
   */
  int[] shares(int ranks) {
    if (ranks > count()) {
      throw new RecipeException(
          ("%d ranks: expected at most one for each of the %d grains of an effective batch (%d"
                  + " images in grains of %d); start fewer, or set a smaller %s, which gives other"
                  + " weights")
              .formatted(ranks, count(), images, size, Settings.GRAIN.key()));
    }
    int most = Math.ceilDiv(count(), ranks);
    int[] shares = null;
    for (int nodes = 1; shares == null; nodes++) {
      shares = shares(ranks, most, nodes);
    }
    return shares;
  }

  /** Returns a cut whose ranks have at most so many grains and nodes, or null if there is none. */
  private int[] shares(int ranks, int mostGrains, int mostNodes) {
    // firsts[r][g]: a grain at which rank r may begin so that rank r + 1 begins at g.
    int[][] firsts = new int[ranks][count() + 1];
    boolean[] reached = new boolean[count() + 1];
    reached[0] = true;
    for (int[] ofRank : firsts) {
      boolean[] next = new boolean[count() + 1];
      for (int first = 0; first < count(); first++) {
        int last = reached[first] ? Math.min(count(), first + mostGrains) : first;
        for (int end = first + 1; end <= last; end++) {
          if (!next[end] && nodes(first, end).size() <= mostNodes) {
            next[end] = true;
            ofRank[end] = first;
          }
        }
      }
      reached = next;
    }
    if (!reached[count()]) {
      return null;
    }
    int[] shares = new int[ranks + 1];
    Arrays.fill(shares, count());
    for (int rank = ranks - 1; rank >= 0; rank--) {
      shares[rank] = firsts[rank][shares[rank + 1]];
    }
    return shares;
  }
}
