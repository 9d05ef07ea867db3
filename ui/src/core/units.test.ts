import { describe, expect, it } from "vitest";
import { commonUnit, formatDuration, formatValue, NumberFormat } from "./units";

const unit = (name: string, per?: string) => [{ name }, per ? { name: per } : null] as const;
const plain = (text: string) => text.replaceAll("\u2009", " ");

describe("formatValue", () => {
  it.each([
    [0, unit("byte"), "0 B"],
    [1536, unit("byte"), "1.5 KiB"],
    [5 * 1024 ** 3, unit("byte"), "5 GiB"],
    [2 ** 20, unit("byte", "second"), "1 MiB/s"],
    [3, unit("kibibyte"), "3 KiB"],
    [0.25, unit("second"), "250 ms"],
    [1500, unit("millisecond"), "1.5 s"],
    [7200, unit("second"), "2 h"],
    [42.123, unit("percent"), "42.1 %"],
    [0.5, unit("fraction"), "50 %"],
    [1240, unit("request", "second"), "1.24k req/s"],
    [5.1e9, unit("nanocore"), "5.1 cores"],
    [4e8, unit("nanocore"), "400 mcores"],
    [0, unit("nanocore"), "0 cores"],
    [2.4, unit("gigahertz"), "2.4 GHz"],
    [3.2e3, unit("watt"), "3.2 kW"],
    [1_500_000, null, "1.5M"],
    [-3.5, null, "−3.5"],
    [2.91e-7, null, "2.91e−7"],
    [-0.00001, null, "−1e−5"],
    [0.00012, null, "0.00012"],
    [null, null, "–"],
    [Number.NaN, null, "–"],
  ])("writes %s", (value, of, text) => {
    expect(plain(formatValue(value, of))).toBe(text);
  });
});

describe("ticks", () => {
  it("uses one scale for an axis and no more decimals than its steps need", () => {
    expect(new NumberFormat(unit("byte")).ticks([0, 512 * 1024, 1024 ** 2]).map(plain)).toEqual([
      "0 MiB",
      "0.5 MiB",
      "1 MiB",
    ]);
    expect(new NumberFormat(null).ticks([0, 500, 1000])).toEqual(["0", "500", "1k"]);
    expect(new NumberFormat(null).ticks([0, 1e-7, 2e-7])).toEqual(["0", "1e−7", "2e−7"]);
    expect(new NumberFormat(null).ticks([-2.5, 0, 2.5])).toEqual(["−2.5", "0", "2.5"]);
  });
});

describe("commonUnit", () => {
  it("is none where series differ", () => {
    const [seconds, percent] = [{ unit: unit("second") }, { unit: unit("percent") }];
    expect(commonUnit([seconds, seconds])).toBe(seconds.unit);
    expect(commonUnit([seconds, percent])).toBeNull();
    expect(commonUnit([seconds, { unit: null }])).toBeNull();
    expect(commonUnit([{ unit: unit("byte") }, { unit: unit("byte", "second") }])).toBeNull();
    expect(commonUnit([])).toBeNull();
  });
});

describe("formatDuration", () => {
  it("names the two largest parts", () => {
    expect(plain(formatDuration(0.0021))).toBe("2.1 ms");
    expect(plain(formatDuration(200))).toBe("3 min 20 s");
    expect(plain(formatDuration(90_000))).toBe("1 d 1 h");
  });
});
