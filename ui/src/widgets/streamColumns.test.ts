import { expect, test } from "vitest";
import { patternOf, streamRequest } from "./streamColumns";

const fields = (definition: object) =>
  streamRequest({ type: "list_stream", ...definition }).columns.map((column) => column.field);

test("a list shows the columns that it names", () => {
  const columns = [
    { field: "status_line", width: "auto" },
    { field: "@http.url", width: "full" },
  ];
  const query = { data_source: "trace_stream", query_string: "service:web" };
  expect(streamRequest({ type: "list_stream", requests: [{ query, columns }] })).toMatchObject({
    source: "spans",
    text: "service:web",
    columns: [{ field: "status_line" }, { field: "@http.url", width: "full" }],
  });
});

test("events without columns have a title", () => {
  expect(
    fields({ requests: [{ query: { data_source: "event_stream", query_string: "" }, columns: [] }] }),
  ).toContain("title");
  expect(fields({ type: "event_stream", query: "x", event_size: "s" })).toEqual([
    "status_line",
    "timestamp",
    "title",
  ]);
});

test("older searches of events are read as they were meant", () => {
  expect(streamRequest({ type: "event_stream", query: "source: my_apps priority:all" }).text).toBe(
    "source:my_apps priority:all",
  );
});

test("older log streams name core columns", () => {
  const definition = {
    type: "log_stream",
    query: "a",
    columns: ["core_host", "tag_source"],
    show_date_column: false,
  };
  expect(fields(definition)).toEqual(["status_line", "host", "tag_source", "content"]);
});

test("what is not stored here says what it was", () => {
  expect(
    streamRequest({ type: "list_stream", requests: [{ query: { data_source: "rum_issue_stream" } }] })
      .missing,
  ).toBe("rum issue");
});

test("lines that differ in numbers and ids alone have one pattern", () => {
  expect(patternOf("took 12 ms for user 'bob'")).toBe(patternOf("took 3.5 ms for user 'al'"));
  expect(patternOf("id 0123456789abcdef done")).toBe("id * done");
});

test("a list of logs is ordered by the column that it names", () => {
  const sorted = (column: string, data_source = "logs_stream") =>
    streamRequest({
      type: "list_stream",
      requests: [{ query: { data_source, query_string: "", sort: { column, order: "asc" } } }],
    });
  expect(sorted("@duration")).toMatchObject({ sortBy: "@duration", ascending: true });
  expect(sorted("content").sortBy).toBe("message");
  expect(sorted("timestamp")).not.toHaveProperty("sortBy");
  expect(sorted("@duration", "trace_stream")).not.toHaveProperty("sortBy");
});

test("issues are filtered as the list says", () => {
  const stream = (query: object) =>
    streamRequest({ type: "list_stream", requests: [{ query: { query_string: "env:prod", ...query } }] });
  expect(
    stream({ data_source: "issue_stream", persona: "backend", states: ["OPEN"], assignee_uuids: ["u"] }),
  ).toMatchObject({
    source: "issues",
    text: "env:prod",
    issues: { persona: "BACKEND", states: ["OPEN"], assignees: ["u"] },
  });
  expect(stream({ data_source: "apm_issue_stream" }).issues).toEqual({
    track: "trace",
    states: [],
    assignees: [],
  });
  expect(stream({ data_source: "issue_stream", persona: "browser" }).missing).toBe("browser issue");
  expect(stream({ data_source: "rum_issue_stream" }).missing).toBe("rum issue");
});

test("lists without the message have one line an entry", () => {
  const lines = (show_message_column: boolean) =>
    streamRequest({ type: "log_stream", message_display: "expanded-lg", show_message_column }).lines;
  expect([lines(true), lines(false)]).toEqual([10, undefined]);
});
