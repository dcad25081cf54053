package io.github.deit4j.cpu.emit;

import io.github.deit4j.bindings.ExecutableMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The few x86-64 instructions that our machine code is made of, as Intel's "64 and IA-32
 * Architectures Software Developer's Manual", volume 2, encodes them (2.2 REX, 2.7 EVEX). Vectors
 * have 512 bits; {@code z} is the number of a vector register, 0 to 31. No method checks what the
 * code does: that is for who writes it.
 */
final class Assembler {
  private static final int MOST_BYTES = 1 << 14;

  // What a displacement of one byte counts in: as much as the instruction reads (2.7.5).
  private static final int VECTOR = 64;
  private static final int NUMBER = 4;
  private static final int BYTE = 1;

  private static final int NO_PREFIX = 0;
  private static final int PREFIX_66 = 1;
  private static final int PREFIX_F3 = 2;
  private static final int MAP_0F = 1;
  private static final int MAP_0F38 = 2;

  private final ByteBuffer code =
      ByteBuffer.allocate(MOST_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** A general register. A function may overwrite all of these but RBX and RSP. */
  enum Register {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11;

    private int low() {
      return ordinal() & 7;
    }

    private int high() {
      return ordinal() >> 3;
    }
  }

  /** A place in memory: so many bytes behind a register's address. */
  record Place(Register base, int displacement) {}

  /** Returns a place in memory. */
  static Place at(Register base, int displacement) {
    return new Place(base, displacement);
  }

  /** Returns where the next instruction stands. */
  int position() {
    return code.position();
  }

  /** Loads 16 numbers. */
  void load(int z, Place from) {
    evex(NO_PREFIX, MAP_0F, 0x10, z, 0, from, VECTOR); // vmovups
  }

  /** Stores 16 numbers. */
  void store(Place to, int z) {
    evex(NO_PREFIX, MAP_0F, 0x11, z, 0, to, VECTOR); // vmovups
  }

  /** Loads one number into all lanes. */
  void broadcast(int z, Place from) {
    evex(PREFIX_66, MAP_0F38, 0x18, z, 0, from, NUMBER); // vbroadcastss
  }

  /** Copies a vector. */
  void move(int z, int from) {
    evex(NO_PREFIX, MAP_0F, 0x28, z, 0, from); // vmovaps
  }

  /**
   * Adds the products of pairs of bfloat16 to float32: in each lane first that of the upper halves,
   * then that of the lower ones, each sum rounded once, to even; what is subnormal counts as zero.
   */
  void addProductsOfPairs(int z, int x, int y) {
    evex(PREFIX_F3, MAP_0F38, 0x52, z, x, y); // vdpbf16ps
  }

  /** Copies eight bytes. */
  void move(Register to, Register from) {
    bytes(0x48 | from.high() << 2 | to.high(), 0x89, 0xC0 | from.low() << 3 | to.low());
  }

  /** Loads eight bytes. */
  void move(Register to, Place from) {
    bytes(0x48 | to.high() << 2 | from.base.high(), 0x8B);
    operand(to.low(), from, BYTE);
  }

  /** Sets a register to a number that is not negative. */
  void move(Register to, int number) {
    bytes(0x40 | to.high(), 0xB8 | to.low());
    code.putInt(number);
  }

  /** Stores the lower four bytes. */
  void store(Place to, Register from) {
    bytes(0x40 | from.high() << 2 | to.base.high(), 0x89);
    operand(from.low(), to, BYTE);
  }

  /** Adds. */
  void add(Register to, Register number) {
    bytes(0x48 | number.high() << 2 | to.high(), 0x01, 0xC0 | number.low() << 3 | to.low());
  }

  /** Adds. */
  void add(Register to, int number) {
    bytes(0x48 | to.high(), 0x81, 0xC0 | to.low());
    code.putInt(number);
  }

  /** Clears all bits but those of a small number; jumps ask whether none is left. */
  void and(Register to, int number) {
    bytes(0x48 | to.high(), 0x83, 0xE0 | to.low(), number);
  }

  /** Moves the bits down; jumps ask whether none is left. */
  void shiftRight(Register to, int bits) {
    bytes(0x48 | to.high(), 0xC1, 0xE8 | to.low(), bits);
  }

  /** Subtracts 1; jumps ask whether nothing is left. */
  void decrement(Register to) {
    bytes(0x48 | to.high(), 0xFF, 0xC8 | to.low());
  }

  /** Goes back to a {@link #position} if something was left. */
  void jumpBackUnlessZero(int position) {
    bytes(0x0F, 0x85);
    code.putInt(position - (position() + 4));
  }

  /** Leaves out what the writer writes if nothing was left. */
  void skipIfZero(Runnable writer) {
    bytes(0x0F, 0x84);
    int distance = position();
    code.putInt(0);
    writer.run();
    code.putInt(distance, position() - (distance + 4));
  }

  /** Asks the processor what it can: leaf in RAX, part in RCX; answers in RAX to RDX. */
  void cpuid() {
    bytes(0x0F, 0xA2);
  }

  /** Returns from a function. */
  void leave() {
    bytes(0xC5, 0xF8, 0x77); // vzeroupper
    bytes(0xC3);
  }

  /**
   * Makes a function of the code, for as long as the JVM runs. Calls take no longer than the code
   * itself, but the JVM cannot stop for a garbage collection meanwhile, and pointers may be those
   * of arrays.
   *
   * @throws UnsupportedOperationException with the reason if memory cannot be made executable
   */
  MethodHandle function(FunctionDescriptor type) {
    byte[] bytes = Arrays.copyOf(code.array(), position());
    return Linker.nativeLinker()
        .downcallHandle(
            ExecutableMemory.of(bytes, Arena.global()), type, Linker.Option.critical(true));
  }

  /** An EVEX instruction {@code op z, v, [place]}. */
  private void evex(int prefix, int map, int op, int z, int v, Place place, int unit) {
    evex(prefix, map, op, z, v, 0, place.base.high());
    operand(z & 7, place, unit);
  }

  /** An EVEX instruction {@code op z, v, x} of vectors. */
  private void evex(int prefix, int map, int op, int z, int v, int x) {
    evex(prefix, map, op, z, v, x >> 4, x >> 3 & 1);
    bytes(0xC0 | (z & 7) << 3 | x & 7);
  }

  /** Prefix and opcode; the upper bits of register numbers stand inverted. */
  private void evex(int prefix, int map, int op, int z, int v, int bit4, int bit3) {
    int inverted = (z >> 3 & 1) << 7 | bit4 << 6 | bit3 << 5 | (z >> 4) << 4;
    int vector512 = 0x40;
    bytes(
        0x62,
        inverted ^ 0xF0 | map,
        (~v & 15) << 3 | 4 | prefix,
        vector512 | (~v >> 4 & 1) << 3,
        op);
  }

  /** ModRM, SIB and displacement. */
  private void operand(int register, Place place, int unit) {
    int base = place.base.low();
    int displacement = place.displacement;
    int scaled = displacement / unit;
    boolean oneByte = displacement % unit == 0 && scaled == (byte) scaled;
    bytes((oneByte ? 0x40 : 0x80) | register << 3 | base);
    if (base == Register.RSP.low()) {
      bytes(0x24);
    }
    if (oneByte) {
      bytes(scaled);
    } else {
      code.putInt(displacement);
    }
  }

  private void bytes(int... bytes) {
    for (int each : bytes) {
      code.put((byte) each);
    }
  }
}
