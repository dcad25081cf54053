package io.github.deit4j.modelfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassNamesTest {
  private static final List<String> IMAGENET = ClassNames.labels(ClassNames.unnamed(1000));

  @Test
  void namelessModelsOfThousandClassesHaveImageNets() {
    assertThat(IMAGENET)
        .hasSize(1000)
        .startsWith("tench, Tinca tinca", "goldfish, Carassius auratus");
    assertThat(IMAGENET.get(207)).isEqualTo("golden retriever");
    assertThat(IMAGENET.get(281)).isEqualTo("tabby, tabby cat");
    assertThat(IMAGENET.getLast()).isEqualTo("toilet tissue, toilet paper, bathroom tissue");
    assertThat(IMAGENET).allMatch(name -> !name.isBlank());
  }

  @Test
  void otherNamesStayAsTheyAre() {
    assertThat(ClassNames.labels(ClassNames.unnamed(10))).isEqualTo(ClassNames.unnamed(10));
    assertThat(ClassNames.labels(List.of("n123", "cat"))).containsExactly("n123", "cat");
  }

  @Test
  void synsetsAreReadAsTheirWords() {
    assertThat(ClassNames.labels(List.of("n02123045", "n99999999")))
        .containsExactly("tabby, tabby cat", "n99999999");
  }

  @Test
  void aModelWithImageNetsNamesFitsAFolderOfSynsets() {
    List<String> names = List.of("tench, Tinca tinca", "crane");
    assertThat(ClassNames.differences(names, List.of("n01440764", "n03126707"))).isEmpty();
    assertThat(ClassNames.differences(names, List.of("n01440764", "n02123045")))
        .containsExactly("label 1: expected \"crane\", found \"tabby, tabby cat\"");
  }

  @Test
  void wholeNumbersAreLabelsToAModelWithoutNumbersOfItsOwn() {
    List<String> nameless = ClassNames.unnamed(3);
    assertThat(ClassNames.differences(nameless, List.of("0", "1", "2"))).isEmpty();
    assertThat(ClassNames.differences(nameless, List.of("000", "001", "002"))).isEmpty();
    assertThat(ClassNames.differences(List.of("ant", "bee", "cat"), List.of("0", "1", "2")))
        .isEmpty();
    assertThat(ClassNames.differences(nameless, List.of("bee", "1", "2"))).isEmpty();
  }

  @Test
  void wholeNumbersThatAreNoLabelsAreListed() {
    List<String> nameless = ClassNames.unnamed(3);
    assertThat(ClassNames.differences(nameless, List.of("1", "2", "3")))
        .hasSize(3)
        .first()
        .isEqualTo("label 0: expected \"class 0\", found \"1\"");
    assertThat(ClassNames.differences(nameless, List.of("0", "1", "10", "2"))).hasSize(4);
    assertThat(ClassNames.differences(nameless, List.of("0", "2"))).hasSize(3);
  }

  @Test
  void aModelsOwnNumbersAreNames() {
    assertThat(ClassNames.differences(List.of("1", "2"), List.of("1", "2"))).isEmpty();
    assertThat(ClassNames.differences(List.of("0", "10", "9"), List.of("0", "9", "10")))
        .containsExactly(
            "label 1: expected \"10\", found \"9\"", "label 2: expected \"9\", found \"10\"");
  }

  @Test
  void manyDifferencesAreCutShort() {
    List<String> reversed = new ArrayList<>(IMAGENET.reversed());
    assertThat(ClassNames.differences(IMAGENET, reversed))
        .hasSize(11)
        .last()
        .asString()
        .startsWith("and ");
  }
}
