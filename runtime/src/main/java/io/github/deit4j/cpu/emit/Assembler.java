package io.github.deit4j.cpu.emit;

import io.github.deit4j.bindings.MachineCode;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

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

  private static final Opcode VMOVUPS_LOAD = new Opcode(0, 1, 0, 0x10);
  private static final Opcode VMOVUPS_STORE = new Opcode(0, 1, 0, 0x11);
  private static final Opcode VMOVAPS = new Opcode(0, 1, 0, 0x28);
  private static final Opcode VBROADCASTSS = new Opcode(1, 2, 0, 0x18);
  private static final Opcode VPBROADCASTD = new Opcode(1, 2, 0, 0x7C);
  private static final Opcode VPANDD = new Opcode(1, 1, 0, 0xDB);
  private static final Opcode VPCMPD = new Opcode(1, 3, 0, 0x1F);
  private static final Opcode VPROLD = new Opcode(1, 1, 0, 0x72);
  private static final Opcode VPERMW = new Opcode(1, 2, 1, 0x8D);
  private static final Opcode VPERMI2W = new Opcode(1, 2, 1, 0x75);
  private static final Opcode VCVTNE2PS2BF16 = new Opcode(3, 2, 0, 0x72);
  private static final Opcode VDPBF16PS = new Opcode(2, 2, 0, 0x52);

  private static final int NOT_LESS = 5;

  private final ByteBuffer code = ByteBuffer.allocate(MOST_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** An instruction with an EVEX prefix: the fields pp, mmm and W of that, and its number. */
  private record Opcode(int prefix, int map, int w, int number) {}

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

  /** Writes a vector that is data, and returns where. */
  int constant(IntUnaryOperator halfWords) {
    int position = position();
    for (int i = 0; i < VECTOR / Short.BYTES; i++) {
      code.putShort((short) halfWords.applyAsInt(i));
    }
    return position;
  }

  /** Loads a {@link #constant}. */
  void load(int z, int constant) {
    prefix(VMOVUPS_LOAD, z, 0, 0, 0, 0, false);
    bytes((z & 7) << 3 | 5); // relative to the next instruction
    code.putInt(constant - (position() + 4));
  }

  /** Loads 16 numbers. */
  void load(int z, Place from) {
    load(z, from, 0);
  }

  /** Loads those that a mask names, and zeros; memory of the others is not touched. */
  void load(int z, Place from, int mask) {
    vector(VMOVUPS_LOAD, z, 0, from, VECTOR, mask, mask != 0);
  }

  /** Stores 16 numbers. */
  void store(Place to, int z) {
    store(to, z, 0);
  }

  /** Stores those that a mask names. */
  void store(Place to, int z, int mask) {
    vector(VMOVUPS_STORE, z, 0, to, VECTOR, mask, false);
  }

  /** Loads one number into all lanes. */
  void broadcast(int z, Place from) {
    vector(VBROADCASTSS, z, 0, from, NUMBER, 0, false);
  }

  /** Puts the lower four bytes into all lanes. */
  void broadcast(int z, Register from) {
    prefix(VPBROADCASTD, z, 0, 0, from.high(), 0, false);
    bytes(0xC0 | (z & 7) << 3 | from.low());
  }

  /** Copies a vector. */
  void move(int z, int from) {
    move(z, from, 0);
  }

  /** Copies what a mask names, and zeros. */
  void move(int z, int from, int mask) {
    vector(VMOVAPS, z, 0, from, mask, mask != 0);
  }

  /** Makes a mask of the lower 16 bits. */
  void mask(int k, Register from) {
    bytes(0xC5, 0xF8, 0x92, 0xC0 | k << 3 | from.low()); // kmovw, of RAX to RDI
  }

  /** And of all bits. */
  void and(int z, int x, int y) {
    vector(VPANDD, z, x, y, 0, false);
  }

  /** Makes a mask of where integers are not less than others. */
  void notLess(int k, int x, int y) {
    vector(VPCMPD, k, x, y, 0, false);
    bytes(NOT_LESS);
  }

  /** Rounds to bfloat16, ties to even: the lower half of z of one vector, the upper of another. */
  void round(int z, int upper, int lower) {
    vector(VCVTNE2PS2BF16, z, upper, lower, 0, false);
  }

  /** Picks half words: the i-th of z is that of x which the index's i-th numbers. */
  void permute(int z, int index, int x) {
    vector(VPERMW, z, index, x, 0, false);
  }

  /** Picks half words of two vectors: z, the indexes, counts those of x from 0, of y from 32. */
  void permuteBoth(int z, int x, int y) {
    vector(VPERMI2W, z, x, y, 0, false);
  }

  /** Exchanges the halves of each word. */
  void swapHalves(int z) {
    vector(VPROLD, 1, z, z, 0, false);
    bytes(16);
  }

  /**
   * Adds the products of pairs of bfloat16 to float32: in each lane first that of the upper halves,
   * then that of the lower ones, each sum rounded once, to even; what is subnormal counts as zero.
   */
  void addProductsOfPairs(int z, int x, int y) {
    vector(VDPBF16PS, z, x, y, 0, false);
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

  /** Adds eight bytes from memory. */
  void add(Register to, Place number) {
    bytes(0x48 | to.high() << 2 | number.base.high(), 0x03);
    operand(to.low(), number, BYTE);
  }

  /** Adds. */
  void add(Register to, int number) {
    bytes(0x48 | to.high(), 0x81, 0xC0 | to.low());
    code.putInt(number);
  }

  /** Changes nothing; jumps ask whether it is zero. */
  void test(Register register) {
    bytes(0x48 | register.high() << 2 | register.high(), 0x85, 0xC0 | register.low() * 9);
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

  /** Saves a register. */
  void push(Register register) {
    bytes(0x40 | register.high(), 0x50 | register.low());
  }

  /** Restores it. */
  void pop(Register register) {
    bytes(0x40 | register.high(), 0x58 | register.low());
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
   * Makes a function of the code: {@link MachineCode#function}.
   *
   * @param entry where its first instruction stands
   * @throws UnsupportedOperationException with the reason if memory cannot be made executable
   */
  MethodHandle function(int entry, FunctionDescriptor type) {
    return MachineCode.function(Arrays.copyOf(code.array(), position()), entry, type);
  }

  /** An instruction {@code op z, v, [place]}. */
  private void vector(Opcode op, int z, int v, Place place, int unit, int mask, boolean zeroing) {
    prefix(op, z, v, 0, place.base.high(), mask, zeroing);
    operand(z & 7, place, unit);
  }

  /** An instruction {@code op z, v, x} of vectors. */
  private void vector(Opcode op, int z, int v, int x, int mask, boolean zeroing) {
    prefix(op, z, v, x >> 4, x >> 3 & 1, mask, zeroing);
    bytes(0xC0 | (z & 7) << 3 | x & 7);
  }

  /** Prefix and opcode; the upper bits of register numbers stand inverted. */
  private void prefix(Opcode op, int z, int v, int bit4, int bit3, int mask, boolean zeroing) {
    int inverted = (z >> 3 & 1) << 7 | bit4 << 6 | bit3 << 5 | (z >> 4) << 4;
    int vector512 = 0x40;
    bytes(
        0x62,
        inverted ^ 0xF0 | op.map,
        op.w << 7 | (~v & 15) << 3 | 4 | op.prefix,
        (zeroing ? 0x80 : 0) | vector512 | (~v >> 4 & 1) << 3 | mask,
        op.number);
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
