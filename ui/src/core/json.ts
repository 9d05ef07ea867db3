/** JSON whose whole numbers may be larger than a number of JavaScript holds: they keep their digits. */

/** A number that would lose digits as a number: its text. */
export class ExactNumber {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

const MARK = "\u0001number:";
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

export function parseJson(text: string): unknown {
  const marked = text.replace(TOKENS, (token) =>
    token.startsWith('"') || String(Number(token)) === token ? token : `"\\u0001number:${token}"`,
  );
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(MARK) ? new ExactNumber(value.slice(MARK.length)) : value,
  );
}

export function writeJson(value: unknown, indent = 2): string {
  const text = JSON.stringify(
    value,
    (_, one: unknown) => (one instanceof ExactNumber ? MARK + one.text : one),
    indent,
  );
  return (text ?? "").replace(/"\\u0001number:(-?\d+)"/g, "$1");
}
