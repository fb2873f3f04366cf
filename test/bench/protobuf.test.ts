import { expect, test } from "vitest";
import { bytesField, floatField, integerField, messageField } from "../../bench/peers/protobuf.ts";

const hex = (field: Uint8Array): string => Buffer.from(field).toString("hex");

// The examples of https://protobuf.dev/programming-guides/encoding.
test("an integer in seven bits a byte", () => {
  expect(hex(integerField(1, 150))).toBe("089601");
});

test("text with its length", () => {
  expect(hex(bytesField(2, "testing"))).toBe("120774657374696e67");
});

test("a message within a message", () => {
  expect(hex(messageField(3, [integerField(1, 150)]))).toBe("1a03089601");
});

test("a float, little-endian", () => {
  expect(hex(floatField(2, 1))).toBe("150000803f");
});

test("field numbers above 15 take two bytes, and lengths above 127", () => {
  expect(hex(integerField(20, 7))).toBe("a00107");
  expect(hex(bytesField(9, new Uint8Array(300)).slice(0, 3))).toBe("4aac02");
});

test("an integer of more than 32 bits", () => {
  expect(hex(integerField(1, 2 ** 35))).toBe("08808080808001");
});
