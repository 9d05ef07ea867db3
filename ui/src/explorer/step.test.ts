import { describe, expect, it } from "vitest";
import { stepOf } from "./step";

const seconds = (length: number) => ({ from: 1_000, to: 1_000 + length * 1000 });

describe("stepOf", () => {
  it("is a second at least, and below a minute as short as the number of buckets allows", () => {
    expect(stepOf(seconds(5), 60)).toBe(1);
    expect(stepOf(seconds(901), 60)).toBe(16);
    expect(stepOf(seconds(3_540), 60)).toBe(59);
  });

  it("is whole minutes from one on", () => {
    expect(stepOf(seconds(3_600), 60)).toBe(60);
    expect(stepOf(seconds(3_601), 60)).toBe(120);
    expect(stepOf(seconds(86_400), 150)).toBe(600);
    expect(stepOf(seconds(7 * 86_400), 60)).toBe(10_080);
  });
});
