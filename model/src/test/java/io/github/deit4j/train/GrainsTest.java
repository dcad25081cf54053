package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.train.Grains.Node;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree over grains, and how ranks share it. */
class GrainsTest {
  @Test
  void grainsAreConsecutiveImagesAndTheLastMayBeSmaller() {
    var grains = new Grains(20, 8);
    assertThat(grains.count()).isEqualTo(3);
    assertThat(List.of(grains.firstImage(0), grains.firstImage(2), grains.firstImage(3)))
        .containsExactly(0, 16, 20);
    assertThat(new Grains(32, 64).count()).isEqualTo(1);
    assertThat(new Grains(32, Integer.MAX_VALUE).firstImage(1)).isEqualTo(32);
  }

  /** By hand: of 7 grains the left child holds 4, of 3 it holds 2. */
  @Test
  void theLeftChildHoldsTheLargestPowerOfTwo() {
    assertThat(text(new Grains(7, 1).root())).isEqualTo("(((0 1) (2 3)) ((4 5) 6))");
    assertThat(text(new Grains(5, 1).root())).isEqualTo("(((0 1) (2 3)) 4)");
    assertThat(text(new Grains(1, 1).root())).isEqualTo("0");
  }

  private static String text(Node node) {
    return node.to() - node.from() == 1
        ? "" + node.from()
        : "(" + text(node.left()) + " " + text(node.right()) + ")";
  }

  @Test
  void neighboursThatAreSiblingsHaveAParent() {
    var grains = new Grains(7, 1);
    assertThat(grains.parent(new Node(4, 5), new Node(5, 6))).isEqualTo(new Node(4, 6));
    assertThat(grains.parent(new Node(4, 6), new Node(6, 7))).isEqualTo(new Node(4, 7));
    assertThat(grains.parent(new Node(0, 4), new Node(4, 7))).isEqualTo(grains.root());
    assertThat(grains.parent(new Node(1, 2), new Node(2, 3))).isNull();
    assertThat(grains.parent(new Node(0, 4), new Node(4, 6))).isNull();
    assertThat(grains.parent(new Node(3, 4), new Node(4, 5))).isNull();
  }

  /** Every grain is some rank's, none has more than it must, and the nodes make up its grains. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 13, 16, 31, 64})
  void ranksShareAllGrainsEvenly(int count) {
    var grains = new Grains(count, 1);
    for (int ranks = 1; ranks <= Math.min(count, 17); ranks++) {
      int[] shares = grains.shares(ranks);
      assertThat(shares).hasSize(ranks + 1).startsWith(0).endsWith(count);
      List<Node> all = new ArrayList<>();
      for (int rank = 0; rank < ranks; rank++) {
        assertThat(shares[rank + 1] - shares[rank])
            .as("%d ranks, rank %d", ranks, rank)
            .isBetween(1, Math.ceilDiv(count, ranks));
        List<Node> nodes = grains.nodes(shares[rank], shares[rank + 1]);
        int at = shares[rank];
        for (Node node : nodes) {
          assertThat(node.from()).isEqualTo(at);
          at = node.to();
        }
        assertThat(at).isEqualTo(shares[rank + 1]);
        all.addAll(nodes);
      }
      assertThat(folded(all, grains)).containsExactly(grains.root());
    }
  }

  /** Folds neighbours that are siblings until there are none. */
  private static List<Node> folded(List<Node> nodes, Grains grains) {
    List<Node> rest = new ArrayList<>(nodes);
    for (int i = 0; i + 1 < rest.size(); i++) {
      Node parent = grains.parent(rest.get(i), rest.get(i + 1));
      if (parent != null) {
        rest.remove(i);
        rest.set(i, parent);
        i = -1;
      }
    }
    return rest;
  }

  /** Of 16 grains 3 ranks could have 5, 5 and 6; then one would have three nodes. */
  @ParameterizedTest
  @CsvSource({"16, 3, 2", "16, 4, 1", "16, 7, 2", "13, 3, 2", "64, 4, 1", "16, 16, 1"})
  void ofSuchCutsItIsOneOfFewNodes(int count, int ranks, int nodes) {
    var grains = new Grains(count, 1);
    int[] shares = grains.shares(ranks);
    for (int rank = 0; rank < ranks; rank++) {
      assertThat(grains.nodes(shares[rank], shares[rank + 1])).hasSizeLessThanOrEqualTo(nodes);
    }
  }

  @Test
  void moreRanksThanGrainsAreRefusedWithBothNumbers() {
    assertThatThrownBy(() -> new Grains(32, 8).shares(5))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("5 ranks")
        .hasMessageContaining("4 grains");
  }
}
