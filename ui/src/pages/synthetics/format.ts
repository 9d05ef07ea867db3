/** Texts of synthetic tests. */

import type { Assertion } from "./api";

const UNITS: [number, string][] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];

/** `300` as `5 min`. */
export function every(seconds: number | null | undefined): string {
  if (!seconds) return "–";
  const [size, unit] = UNITS.find(([one]) => seconds % one === 0 && seconds >= one) ?? [1, "s"];
  return `${seconds / size} ${unit}`;
}

const TYPES: Record<string, string> = {
  statusCode: "status code",
  responseTime: "response time (ms)",
  bodyHash: "body hash",
  certificate: "certificate expires in (days)",
  tlsVersion: "TLS version",
  minTlsVersion: "TLS version at least",
  recordSome: "at least one record",
  recordEvery: "every record",
};
const OPERATORS: Record<string, string> = {
  isNot: "is not",
  doesNotContain: "does not contain",
  lessThan: "is less than",
  lessThanOrEqual: "is at most",
  moreThan: "is more than",
  moreThanOrEqual: "is at least",
  doesNotMatch: "does not match",
  isInMoreThan: "is more than",
  isInLessThan: "is less than",
  isUndefined: "is undefined",
  doesNotExist: "does not exist",
  validatesJSONPath: "has at JSONPath",
};

export const typeLabel = (type: string) => TYPES[type] ?? type;
export const operatorLabel = (operator: string) => OPERATORS[operator] ?? operator;

/** `status code is 200`. */
export function assertionText(assertion: Assertion): string {
  const { type, operator, property, target } = assertion;
  const value = typeof target === "object" && target !== null ? JSON.stringify(target) : String(target ?? "");
  return [typeLabel(type), property, operatorLabel(operator), value].filter(Boolean).join(" ");
}

/** Types and operators that the form offers for a subtype, with a first target. */
export const ASSERTIONS: Record<
  string,
  { type: string; operators: string[]; target: string; property?: string }[]
> = {
  http: [
    { type: "statusCode", operators: ["is", "isNot", "matches", "doesNotMatch"], target: "200" },
    { type: "responseTime", operators: ["lessThan", "lessThanOrEqual"], target: "1000" },
    {
      type: "header",
      property: "content-type",
      operators: ["contains", "doesNotContain", "is", "isNot", "matches", "doesNotMatch", "isUndefined"],
      target: "application/json",
    },
    { type: "body", operators: ["contains", "doesNotContain", "is", "matches", "doesNotMatch"], target: "" },
  ],
  ssl: [
    { type: "certificate", operators: ["isInMoreThan", "isInLessThan"], target: "10" },
    { type: "minTlsVersion", operators: ["moreThanOrEqual"], target: "1.2" },
    { type: "responseTime", operators: ["lessThan"], target: "1000" },
  ],
  tcp: [
    { type: "connection", operators: ["is", "isNot"], target: "established" },
    { type: "responseTime", operators: ["lessThan"], target: "1000" },
  ],
  dns: [
    {
      type: "recordSome",
      property: "A",
      operators: ["is", "isNot", "contains", "doesNotContain", "matches", "doesNotMatch"],
      target: "",
    },
    { type: "recordEvery", property: "A", operators: ["is", "contains", "matches"], target: "" },
    { type: "responseTime", operators: ["lessThan"], target: "1000" },
  ],
};
