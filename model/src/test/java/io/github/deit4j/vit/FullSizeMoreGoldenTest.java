package io.github.deit4j.vit;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Golden item 14: base models and larger images, as item 4. */
class FullSizeMoreGoldenTest {
  @TestFactory
  List<DynamicNode> models() throws IOException {
    return FullSizeGoldenTest.models(14, "14-full-size-more/deit_");
  }
}
