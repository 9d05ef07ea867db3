/** The server's API, typed by its own OpenAPI description (`schema.d.ts`, made by `npm run api`). */
import createClient, { type Middleware } from "openapi-fetch";
import { writeJson } from "../core/json";
import { noteConnection } from "./connection";
import type { paths } from "./schema";

/** Root of the server, wherever a proxy put it. */
export const ROOT = new URL(".", document.baseURI).href.replace(/\/$/, "");

/** Path of the app below the host, without a slash at its end. */
export const BASE_PATH = new URL(ROOT).pathname.replace(/\/$/, "");

/** An answer other than success, with the sentences the server wrote for people. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly messages: string[],
  ) {
    super(messages.join(" "));
  }
}

type Listener = () => void;
const loggedOut = new Set<Listener>();

/** Called when the server says that there is no session. */
export function onLoggedOut(listener: Listener): () => void {
  loggedOut.add(listener);
  return () => loggedOut.delete(listener);
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const body: unknown = await response.json().catch(() => null);
  const errors = (body as { errors?: unknown } | null)?.errors;
  const messages = Array.isArray(errors) ? errors.map(messageOf) : [];
  if (messages.length === 0)
    messages.push(`The server answered ${response.status} ${response.statusText}`.trim());
  return new ApiFailure(response.status, messages);
}

function messageOf(error: unknown): string {
  if (typeof error === "string") return error;
  const { detail, title } = error as { detail?: string; title?: string };
  return detail ?? title ?? JSON.stringify(error);
}

/** Throws what a response other than success says. */
export async function check(response: Response): Promise<Response> {
  noteConnection(true);
  if (response.ok) return response;
  // Shared dashboards have no session to lose: theirs asks for the dashboard's password.
  if (response.status === 401 && !response.url.startsWith(`${ROOT}/api/public/`))
    for (const listener of loggedOut) listener();
  throw await failureOf(response);
}

const throwing: Middleware = {
  async onResponse({ response }) {
    await check(response);
    return undefined;
  },
  onError({ error }) {
    if ((error as Error).name === "AbortError") return undefined;
    noteConnection(false);
    return new ApiFailure(0, ["Could not reach the server."]);
  },
};

/** Typed by path: `api.GET("/api/v1/query", { params: { query: {...} } })`. Throws `ApiFailure`. */
export const api = createClient<paths>({ baseUrl: ROOT, credentials: "same-origin" });
api.use(throwing);

type Query = Record<string, string | number | boolean | null | undefined>;

interface Options {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Reads the answer's text; `JSON.parse` by default. */
  parse?: (text: string) => unknown;
}

/** For endpoints whose answers the server describes loosely: the caller names the shape. Throws `ApiFailure`. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const url = new URL(ROOT + path);
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== null && value !== undefined) url.searchParams.set(name, String(value));
  }
  const init: RequestInit = { method, credentials: "same-origin", signal: options.signal };
  init.headers = options.headers;
  if (options.body !== undefined) {
    init.body = writeJson(options.body, 0);
    init.headers = { ...options.headers, "Content-Type": "application/json" };
  }
  const response = await fetch(url, init).catch((error: Error) => {
    if (error.name === "AbortError") throw error;
    noteConnection(false);
    throw new ApiFailure(0, ["Could not reach the server."]);
  });
  await check(response);
  const text = await response.text();
  return (text === "" ? undefined : (options.parse ?? JSON.parse)(text)) as T;
}
