import { expect, test } from "vitest";
import { traceOf } from "./trace";

test("a trace is named by a field, or in the text", () => {
  expect(traceOf({ message: "", attributes: { dd: { trace_id: "12" } } })).toBe("12");
  expect(traceOf({ message: "", attributes: { "dd.trace_id": 34 } })).toBe("34");
  const message =
    "INFO shop: paid [dd.service=shop dd.trace_id=6b0989c20000000030a089bd0c44a201 dd.span_id=1]";
  expect(traceOf({ message, attributes: {} })).toBe("6b0989c20000000030a089bd0c44a201");
});

test("a log outside of traces has none", () => {
  expect(traceOf({ message: "dd.trace_id=0 dd.span_id=0", attributes: {} })).toBeUndefined();
  expect(traceOf({ message: "started", attributes: {} })).toBeUndefined();
});
