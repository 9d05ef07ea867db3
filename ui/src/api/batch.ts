/** Queries of a page gathered into few requests: the server returns each as soon as it is ready, equal ones once. */
import { linesOf } from "~/core/ndjson";
import { ApiFailure, check, ROOT } from "./client";
import { noteConnection } from "./connection";

export type BatchKind = "timeseries" | "scalar" | "v1";

interface Waiting {
  id: string;
  kind: BatchKind;
  body: unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  done: boolean;
}

interface Line {
  ids: string[];
  status: number;
  body?: unknown;
  errors?: string[];
}

/** Queries made within this time are sent together. */
const GATHER_MS = 8;
const MOST = 100;

/** Where queries go, and what goes with them: readers of a shared dashboard have an address of their own. */
let target: { path: string; headers: Record<string, string> } = { path: "/api/ui/query/batch", headers: {} };

export function sendBatchesTo(path: string, headers: Record<string, string>) {
  target = { path, headers };
}

let gathered: Waiting[] = [];
let count = 0;

/** The body that the endpoint of this kind returns. Throws `ApiFailure` as `request` does. */
export function batched<T>(kind: BatchKind, body: unknown, signal?: AbortSignal): Promise<T> {
  return new Promise<unknown>((resolve, reject) => {
    const waiting: Waiting = { id: String(++count), kind, body, resolve, reject, done: false };
    signal?.addEventListener("abort", () => {
      if (waiting.done) return;
      waiting.done = true;
      reject(new DOMException("The query is not needed any more", "AbortError"));
    });
    if (gathered.length === 0) setTimeout(send, GATHER_MS);
    gathered.push(waiting);
  }) as Promise<T>;
}

function send() {
  const all = gathered.filter((one) => !one.done);
  gathered = [];
  for (let start = 0; start < all.length; start += MOST) void run(all.slice(start, start + MOST));
}

async function run(all: readonly Waiting[]) {
  const control = new AbortController();
  const watch = setInterval(() => {
    if (all.every((one) => one.done)) control.abort();
  }, 250);
  try {
    await read(all, control.signal);
    settle(all, new ApiFailure(502, ["The server ended its response early."]));
  } catch (error) {
    if ((error as Error).name !== "AbortError" && !(error instanceof ApiFailure)) noteConnection(false);
    settle(all, error instanceof ApiFailure ? error : new ApiFailure(0, ["Could not reach the server."]));
  } finally {
    clearInterval(watch);
  }
}

function settle(all: readonly Waiting[], error: ApiFailure) {
  for (const one of all) {
    if (one.done) continue;
    one.done = true;
    one.reject(error);
  }
}

async function read(all: readonly Waiting[], signal: AbortSignal) {
  const queries = all.map(({ id, kind, body }) => ({ id, kind, body }));
  const response = await fetch(`${ROOT}${target.path}`, {
    method: "POST",
    credentials: "same-origin",
    headers: { ...target.headers, "Content-Type": "application/json" },
    body: JSON.stringify({ queries }),
    signal,
  });
  await check(response);
  if (!response.body) throw new ApiFailure(502, ["The server sent an empty response."]);
  const byId = new Map(all.map((one) => [one.id, one]));
  for await (const line of linesOf(response.body)) deliver(JSON.parse(line) as Line, byId);
}

function deliver(line: Line, byId: ReadonlyMap<string, Waiting>) {
  for (const id of line.ids) {
    const one = byId.get(id);
    if (!one || one.done) continue;
    one.done = true;
    if (line.status === 200) one.resolve(line.body);
    else one.reject(new ApiFailure(line.status, line.errors ?? []));
  }
}
