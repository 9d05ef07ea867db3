import { describe, expect, it } from "vitest";

const sheets: Record<string, string> = import.meta.glob("../**/*.css", {
  query: "?raw",
  import: "default",
  eager: true,
});
const files = Object.keys(sheets);
const text = (name: string) => sheets[name]!;

describe("colors", () => {
  it("are looked for in every style sheet", () => {
    expect(files.length).toBeGreaterThan(8);
    expect(text("./tokens.css")).toContain("--accent:");
  });

  it("are written in tokens.css alone", () => {
    const literal = /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(/i;
    const wrong = files
      .filter((name) => !name.endsWith("tokens.css"))
      .filter((name) => literal.test(text(name)));
    expect(wrong).toEqual([]);
  });

  it("exist: every variable that is used is defined", () => {
    const defined = new Set(text("./tokens.css").match(/--[\w-]+(?=:)/g));
    const own = /^--((available|anchor|dialog|drawer)-|(rows|letters)$)/;
    const missing = files
      .flatMap((name) => [...text(name).matchAll(/var\((--[\w-]+)/g)].map((found) => `${name} ${found[1]}`))
      .filter((use) => !defined.has(use.split(" ")[1]!) && !own.test(use.split(" ")[1]!));
    expect(missing).toEqual([]);
  });
});
