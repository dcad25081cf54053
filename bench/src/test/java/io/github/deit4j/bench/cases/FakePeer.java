package io.github.deit4j.bench.cases;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Scanner;

/** A peer that speaks the protocol and computes nothing. */
final class FakePeer {
  private FakePeer() {}

  public static void main(String[] args) {
    System.out.println("a library says hello");
    System.out.println("peer: fake 1.0");
    try (Scanner orders = new Scanner(System.in, UTF_8)) {
      while (orders.hasNextLine()) {
        switch (orders.nextLine()) {
          case "check" -> System.out.println("peer: 1.0 -2.5");
          case "time 2 3" -> System.out.println("noise" + System.lineSeparator() + "peer: 12345");
          default -> {
            System.err.println("cannot go on");
            return;
          }
        }
      }
    }
  }
}
