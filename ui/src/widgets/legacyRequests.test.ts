import { expect, test } from "vitest";
import { modern, withoutUnknown } from "./legacyRequests";

test("a search of older dashboards becomes a query with a source", () => {
  const old = {
    log_query: {
      index: "*",
      compute: { aggregation: "avg", facet: "@duration" },
      search: { query: "source:nginx" },
      group_by: [{ facet: "host", limit: 5, sort: { aggregation: "count", order: "desc" } }],
    },
    display_type: "bars" as const,
  };
  expect(modern(old)).toMatchObject({
    display_type: "bars",
    formulas: [{ formula: "query1" }],
    queries: [
      {
        name: "query1",
        data_source: "logs",
        indexes: ["*"],
        search: { query: "source:nginx" },
        compute: { aggregation: "avg", metric: "@duration" },
        group_by: [{ facet: "host", limit: 5, sort: { aggregation: "count", order: "desc" } }],
      },
    ],
  });
  expect(modern({ apm_query: {} }).queries![0]).toMatchObject({
    data_source: "spans",
    compute: { aggregation: "count" },
  });
  expect(modern({ process_query: { metric: "process.cpu" } }).queries![0]!.data_source).toBe("process");
});

test("one query of its own becomes a list of one", () => {
  const query = { data_source: "metrics", name: "a", query: "histogram:x{*}" };
  expect(modern({ request_type: "histogram", query })).toMatchObject({
    queries: [query],
    formulas: [{ formula: "a" }],
  });
});

test("today's requests stay as they are", () => {
  expect(modern({ q: "avg:x{*}" })).toEqual({ q: "avg:x{*}" });
});

test("variables that nobody defined stand for everything", () => {
  const search = { name: "a", data_source: "logs", search: { query: "status:error $gone" } };
  expect(withoutUnknown({ q: "avg:x{$device,env:prod}" }).q).toBe("avg:x{*,env:prod}");
  expect(withoutUnknown({ queries: [search] }).queries![0]!.search!.query).toBe("status:error *");
});

test("a search without a text, as some dashboards have it, is left as it is", () => {
  const queries = [
    { name: "a", data_source: "logs", search: {} },
    { name: "b", data_source: "spans" },
  ];
  expect(withoutUnknown({ queries } as never)).toEqual({ queries });
});

test("a search of a list stays one", () => {
  const query = { data_source: "logs_stream", query_string: "a:b" };
  expect(modern({ response_format: "event_list", query })).not.toHaveProperty("queries");
});

test("what is no text is no query text", () => {
  const inner = { data_source: "product_analytics", search: { query: "@a:b" } };
  const queries = [{ name: "a", data_source: "product_analytics_extended", query: inner }, null];
  const made = modern({ queries } as never).queries!;
  expect(made).toEqual([
    { name: "a", data_source: "product_analytics_extended", query: undefined, search: { query: "@a:b" } },
  ]);
});

test("a single query has a name that formulas can use", () => {
  const query = { data_source: "metrics", name: "an odd name", query: "avg:a{*}" };
  expect(modern({ query } as never)).toMatchObject({
    queries: [{ name: "query1" }],
    formulas: [{ formula: "query1" }],
  });
});

test("a source that is no text fails nothing before it is asked", () => {
  const query = { data_source: 5, name: "a", query: "b" };
  expect(modern({ query } as never)).toMatchObject({ queries: [query] });
});
