import { describe, expect, it } from "vitest";
import { ExactNumber, parseJson, writeJson } from "./json";

describe("numbers beyond 2^53", () => {
  it("keep their digits", () => {
    const text = '{"a":1152921504606846977,"b":[-9007199254740993,1.5,12],"c":"1152921504606846977"}';
    const value = parseJson(text) as { a: ExactNumber; b: unknown[]; c: string };
    expect(value.a).toBeInstanceOf(ExactNumber);
    expect(String(value.a)).toBe("1152921504606846977");
    expect(value.c).toBe("1152921504606846977");
    expect(writeJson(value, 0)).toBe(text);
  });

  it("leaves numbers that fit as they are", () => {
    expect(parseJson('{"a":9007199254740992,"b":"x \\"12345678901234567890\\""}')).toEqual({
      a: 9007199254740992,
      b: 'x "12345678901234567890"',
    });
  });
});
