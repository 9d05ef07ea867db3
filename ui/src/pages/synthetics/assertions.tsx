/** The form of a test's assertions: a row each. */

import { Button, Input, Select } from "~/ui";
import type { Assertion } from "./api";
import { ASSERTIONS, operatorLabel, typeLabel } from "./format";

/** Targets that are numbers are sent as numbers. */
export const numeric = (text: string): string | number =>
  text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;

interface AssertionsProps {
  subtype: string;
  assertions: readonly Assertion[];
  onChange: (assertions: Assertion[]) => void;
}

export function Assertions({ subtype, assertions, onChange }: AssertionsProps) {
  const offered = ASSERTIONS[subtype] ?? [];
  const used = new Set(assertions.map(({ type }) => type));
  const unused = (offered.find(({ type }) => !used.has(type)) ?? offered[0])?.type ?? "statusCode";
  const replace = (index: number, part: Partial<Assertion>) =>
    onChange(assertions.map((one, at) => (at === index ? { ...one, ...part } : one)));
  const ofType = (type: string): Assertion => {
    const found = offered.find((one) => one.type === type) ?? offered[0]!;
    const { property, operators, target } = found;
    return {
      type: found.type,
      ...(property && { property }),
      operator: operators[0]!,
      target: numeric(target),
    };
  };
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0, display: "grid", gap: "var(--s-3)" }}>
      <legend style={{ padding: 0, marginBottom: "var(--s-2)" }}>Assertions</legend>
      {assertions.map((one, index) => {
        const known = offered.find(({ type }) => type === one.type);
        const simple = known && typeof one.target !== "object";
        return (
          <div
            key={index}
            style={{ display: "flex", gap: "var(--s-3)", flexWrap: "wrap", alignItems: "center" }}
          >
            {simple ? (
              <>
                <Select
                  label=""
                  value={one.type}
                  options={offered.map(({ type }) => ({ value: type, label: typeLabel(type) }))}
                  onChange={(type) => replace(index, { property: undefined, ...ofType(type) })}
                />
                {known.property !== undefined && (
                  <Input
                    aria-label="Property"
                    style={{ width: 140 }}
                    value={one.property ?? ""}
                    onChange={(event) => replace(index, { property: event.target.value })}
                  />
                )}
                <Select
                  label=""
                  value={one.operator}
                  options={[...new Set([...known.operators, one.operator])].map((operator) => ({
                    value: operator,
                    label: operatorLabel(operator),
                  }))}
                  onChange={(operator) => replace(index, { operator })}
                />
                {one.operator !== "isUndefined" && (
                  <Input
                    aria-label="Target"
                    style={{ flex: "1 1 160px" }}
                    value={String(one.target ?? "")}
                    onChange={(event) => replace(index, { target: numeric(event.target.value) })}
                  />
                )}
              </>
            ) : (
              <code style={{ flex: "1 1 200px" }}>{JSON.stringify(one)}</code>
            )}
            <Button
              icon="trash"
              kind="ghost"
              aria-label="Remove assertion"
              disabled={assertions.length === 1}
              onClick={() => onChange(assertions.filter((_, at) => at !== index))}
            >
              Remove
            </Button>
          </div>
        );
      })}
      <div>
        <Button icon="plus" onClick={() => onChange([...assertions, ofType(unused)])}>
          Add assertion
        </Button>
      </div>
    </fieldset>
  );
}
