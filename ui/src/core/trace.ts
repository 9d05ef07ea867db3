/** What a trace tells beyond its spans: repeated calls, the critical path, the cause of a failure, spans by resource. */

import type { Box, Span } from "./flame";

/** Calls of one parent to the same thing. Times are nanoseconds. */
export interface Repeat {
  parent: string;
  service: string;
  name: string;
  resource: string;
  total: number;
  boxes: Box[];
}

/** So many equal calls below one parent are pointed out, where they took this share of the trace. */
export const LEAST_REPEATS = 5;
const LEAST_SHARE = 0.01;

/** Equal calls (service, operation, resource) below one parent, those that took most time first. */
export function repeatedCalls(boxes: readonly Box[], least = LEAST_REPEATS): Repeat[] {
  const groups = new Map<string, Repeat>();
  for (const box of boxes) {
    const { parent, service, name, resource } = box.span;
    const key = JSON.stringify([parent, service, name, resource]);
    const known = groups.get(key);
    if (known) {
      known.boxes.push(box);
      known.total += box.span.duration;
    } else groups.set(key, { parent, service, name, resource, total: box.span.duration, boxes: [box] });
  }
  const end = boxes.reduce((most, box) => Math.max(most, box.span.start + box.span.duration), 0);
  const found = [...groups.values()].filter(
    (group) => group.parent !== "" && group.boxes.length >= least && group.total >= end * LEAST_SHARE,
  );
  return found.sort((a, b) => b.total - a.total);
}

/**
 * The spans that the trace's end waited for, with the nanoseconds of each on the way: from the end of the root
 * backwards, always into the child that ended last.
 */
export function criticalPath(boxes: readonly Box[]): Map<string, number> {
  const root = boxes.reduce<Box | null>(
    (found, box) => (found === null || later(box, found) ? box : found),
    null,
  );
  const path = new Map<string, number>();
  if (!root) return path;
  const children = childrenOf(boxes);
  const stack = [{ span: root.span, until: root.span.start + root.span.duration }];
  const seen = new Set<string>();
  while (stack.length > 0) {
    const { span, until } = stack.pop()!;
    if (seen.has(span.id)) continue;
    seen.add(span.id);
    let at = until;
    let own = 0;
    const inner = children.get(span.id) ?? [];
    for (const child of [...inner].sort((a, b) => b.start + b.duration - (a.start + a.duration))) {
      const end = Math.min(child.start + child.duration, at);
      if (child.start >= at || end <= span.start) continue;
      own += at - end;
      stack.push({ span: child, until: end });
      at = Math.max(child.start, span.start);
    }
    path.set(span.id, own + Math.max(0, at - span.start));
  }
  return path;
}

/** The root that ends last is what someone waited for; of equals the first. */
function later(box: Box, found: Box): boolean {
  if (box.depth !== found.depth) return box.depth < found.depth;
  return box.span.start + box.span.duration > found.span.start + found.span.duration;
}

function childrenOf(boxes: readonly Box[]): Map<string, Span[]> {
  const children = new Map<string, Span[]>();
  for (const { span } of boxes) {
    const known = children.get(span.parent);
    if (known) known.push(span);
    else children.set(span.parent, [span]);
  }
  return children;
}

export const errorMessage = (span: Span) => span.meta["error.message"] ?? span.meta["error.msg"] ?? "";

/** The span that tells why `span` failed: itself where it has a message, else the deepest failing span below that does. */
export function causeOf(span: Span, boxes: readonly Box[]): Span {
  if (errorMessage(span) || !span.error) return span;
  const below = new Set([span.id]);
  let cause: Box | null = null;
  // Boxes are in tree order, parents first.
  for (const box of boxes) {
    if (!below.has(box.span.parent) || box.span.id === span.id) continue;
    below.add(box.span.id);
    if (box.span.error && errorMessage(box.span) && (cause === null || box.depth > cause.depth)) cause = box;
  }
  return cause?.span ?? span;
}

export interface ResourceTime {
  service: string;
  resource: string;
  spans: number;
  errors: number;
  average: number;
  /** Nanoseconds in which spans of the resource ran and none of their children did. */
  own: number;
  share: number;
  first: Box;
}

/** Spans by service and resource, by the time that they took themselves. */
export function byResource(boxes: readonly Box[]): ResourceTime[] {
  const groups = new Map<string, ResourceTime>();
  let total = 0;
  for (const box of boxes) {
    const { service, resource } = box.span;
    const key = JSON.stringify([service, resource]);
    const group = groups.get(key) ?? {
      service,
      resource,
      spans: 0,
      errors: 0,
      average: 0,
      own: 0,
      share: 0,
      first: box,
    };
    group.spans += 1;
    group.errors += box.span.error ? 1 : 0;
    group.average += box.span.duration;
    group.own += Math.max(0, box.own);
    total += Math.max(0, box.own);
    groups.set(key, group);
  }
  const found = [...groups.values()];
  for (const group of found) {
    group.average /= group.spans;
    group.share = total ? group.own / total : 0;
  }
  return found.sort((a, b) => b.own - a.own);
}

/** Whether a span has `text` in its names, tags or error; `key:value` looks for a tag. */
export function matchesSpan(span: Span, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return true;
  const colon = wanted.indexOf(":");
  if (colon > 0 && !wanted.includes(" ")) {
    const key = wanted.slice(0, colon).replace(/^@/, "");
    const value = wanted.slice(colon + 1).replace(/\*$/, "");
    const own: Record<string, string | number | undefined> = {
      service: span.service,
      resource_name: span.resource,
      operation_name: span.name,
      type: span.type,
      status: span.error ? "error" : "ok",
      host: span.host,
      env: span.env,
      version: span.version,
    };
    const found = own[key] ?? span.meta[key] ?? span.metrics[key];
    if (found !== undefined) return String(found).toLowerCase().startsWith(value);
  }
  const texts = [span.service, span.name, span.resource, span.id, ...Object.values(span.meta)];
  return texts.some((one) => one.toLowerCase().includes(wanted));
}
