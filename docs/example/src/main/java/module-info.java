/** A program that uses deit4j. */
module com.example.shapes {
  requires io.github.deit4j.model;
}
