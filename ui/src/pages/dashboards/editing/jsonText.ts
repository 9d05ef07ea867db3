/** JSON that is being written: read where it is whole, kept as text with what is wrong where it is not. Pure. */
import { isObject } from "~/widgets/readDefinition";

/** A part of a definition that is half written: nothing is saved until it is whole. */
export interface Unfinished {
  /** The field that it stands in. */
  label: string;
  text: string;
  problem: string;
}

export type Read<T> = { value: T } | { problem: string };

function readJson<T>(text: string, check: (value: unknown) => value is T, expected: string): Read<T> {
  try {
    const value: unknown = JSON.parse(text);
    return check(value) ? { value } : { problem: expected };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

const isDefinition = (value: unknown): value is { type: string } =>
  isObject(value) && typeof value.type === "string";

export const readObject = (text: string) => readJson(text, isObject, "Expected an object");

export const readDefinition = (text: string) =>
  readJson(text, isDefinition, "Expected a definition with a 'type'");

/** Why an editor cannot be left with what is in it; undefined if it can. */
export function reasonOf(unfinished: Unfinished | undefined): string | undefined {
  return unfinished && `${unfinished.label} cannot be read: ${unfinished.problem}`;
}
