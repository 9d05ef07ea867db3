import { describe, expect, it } from "vitest";
import { layoutHexagons } from "./hexmap";
import { groupHosts, matchesHost, tagKeys } from "./hosts";

const host = (name: string, ...tags: string[]) => ({
  name,
  aliases: [`${name}.local`],
  tags: [`host:${name}`, ...tags],
});
const FLEET = [
  host("web-1", "env:prod", "role:web"),
  host("web-2", "env:dev", "role:web"),
  host("db", "env:prod"),
];

describe("hosts", () => {
  it("are filtered by all words, names in part and tags whole", () => {
    const found = (text: string) => FLEET.filter((one) => matchesHost(one, text)).map((one) => one.name);
    expect(found("")).toHaveLength(3);
    expect(found("env:prod web")).toEqual(["web-1"]);
    expect(found("ENV:P*")).toEqual(["web-1", "db"]);
    expect(found("env:pro")).toEqual([]);
    expect(found("db.local")).toEqual(["db"]);
  });

  it("are grouped by a tag, those without it last", () => {
    expect(tagKeys(FLEET)).toEqual(["env", "role"]);
    expect(groupHosts(FLEET, "role").map((one) => [one.name, one.hosts.length])).toEqual([
      ["web", 2],
      ["no role", 1],
    ]);
  });
});

describe("layoutHexagons", () => {
  it("fills a low strip", () => {
    const { radius, height, blocks } = layoutHexagons([{ name: "", count: 15 }], 1100, 52);
    expect(radius).toBeGreaterThan(20);
    expect(height).toBeLessThanOrEqual(52);
    expect(new Set(blocks[0]!.centers.map(([, y]) => y)).size).toBe(1);
  });
  it("fits the room, without one hexagon over another", () => {
    for (const count of [1, 7, 150]) {
      const { radius, height, blocks } = layoutHexagons(
        [
          { name: "a", count },
          { name: "b", count: 3 },
        ],
        900,
        600,
      );
      expect(height).toBeLessThanOrEqual(600);
      const centers = blocks.flatMap((block) => block.centers);
      expect(centers).toHaveLength(count + 3);
      for (const [i, [x, y]] of centers.entries()) {
        expect(x + radius * 0.86).toBeLessThanOrEqual(901);
        for (const [x2, y2] of centers.slice(i + 1))
          expect(Math.hypot(x - x2, y - y2)).toBeGreaterThan(radius * 1.7);
      }
    }
  });
});
