/** Two traces beside each other: which calls were added, left out, or took longer. */

import type { Box } from "./flame";

/** Spans of one service, operation and resource in both traces; times are nanoseconds. */
export interface ComparedCall {
  service: string;
  name: string;
  resource: string;
  /** How many spans, errors among them, and the time in which none of their children ran: here, and in the other. */
  here: CallTime;
  other: CallTime;
}

export interface CallTime {
  spans: number;
  errors: number;
  own: number;
}

const NONE: CallTime = { spans: 0, errors: 0, own: 0 };

/** Calls by how much more of the time they take here than in the other trace, largest difference first. */
export function compareTraces(here: readonly Box[], other: readonly Box[]): ComparedCall[] {
  const calls = new Map<string, ComparedCall>();
  const add = (boxes: readonly Box[], side: "here" | "other") => {
    for (const { span, own } of boxes) {
      const { service, name, resource } = span;
      const key = JSON.stringify([service, name, resource]);
      const call = calls.get(key) ?? { service, name, resource, here: { ...NONE }, other: { ...NONE } };
      call[side].spans += 1;
      call[side].errors += span.error ? 1 : 0;
      call[side].own += Math.max(0, own);
      calls.set(key, call);
    }
  };
  add(here, "here");
  add(other, "other");
  const difference = (call: ComparedCall) => Math.abs(call.here.own - call.other.own);
  return [...calls.values()].sort((a, b) => difference(b) - difference(a));
}

/** The id in what a person pasted: an id, or the address of a trace; empty where there is none. */
export function traceIdIn(text: string): string {
  const found = text.trim().match(/^(?:.*\/trace\/)?([0-9a-f]{32}|[0-9a-f]{16}|\d{1,20})(?:[?#].*)?$/i);
  return found?.[1]?.toLowerCase() ?? "";
}
