/** Formulas over named queries. Pure. */
import { tokenize } from "./lexer";

interface Stranger {
  name: string;
  position: number;
}

/** Words of a formula that stand where a query's name is expected and are none. */
export function strangersIn(formula: string, names: readonly string[]): Stranger[] {
  return tokenize(formula).flatMap(({ kind, from, to }) => {
    const name = formula.slice(from, to);
    const argument = /[=]\s*$/.test(formula.slice(0, from)) || /^\s*=/.test(formula.slice(to));
    const written = formula[from - 1] === ":" || formula[to] === "{" || formula[to] === ":";
    if (kind !== "metric" || argument || written || names.includes(name)) return [];
    return [{ name, position: from }];
  });
}
