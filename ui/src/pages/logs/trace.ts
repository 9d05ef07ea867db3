/** Which trace a log belongs to. Pure. */

interface Traced {
  message: string;
  attributes: Record<string, unknown>;
}

/** As tracers write it into lines of text: `[dd.service=shop dd.trace_id=6b09… dd.span_id=…]`. */
const INJECTED = /\bdd\.trace_id[=:]\s*"?([0-9a-f]{1,32})\b/i;

/** From the fields of the log, else from its text; undefined where it was written outside of any trace. */
export function traceOf({ message, attributes }: Traced): string | undefined {
  const dd = attributes.dd as { trace_id?: string } | undefined;
  const found =
    attributes.trace_id ?? attributes["dd.trace_id"] ?? dd?.trace_id ?? INJECTED.exec(message)?.[1];
  return found && !/^0+$/.test(String(found)) ? String(found) : undefined;
}
