import { expect, test } from "vitest";
import { serviceGraphs } from "./serviceGraphs";

const summary = { type: "trace_service", service: "web", env: "prod", span_name: "flask.request" };

test("requests, errors and latency of a service", () => {
  const graphs = serviceGraphs(summary);
  expect(graphs.map((graph) => graph.title)).toEqual(["Requests", "Errors", "Latency"]);
  expect(graphs[0]!.requests[0].queries[0].query).toBe(
    "sum:trace.flask.request.hits{service:web,env:prod}.as_count()",
  );
});

test("parts are left out and added as the author said", () => {
  const graphs = serviceGraphs({
    ...summary,
    show_hits: false,
    show_errors: false,
    show_resource_list: true,
    env: "*",
  });
  expect(graphs.map((graph) => graph.title)).toEqual(["Latency", "Resources"]);
  expect(graphs[0]!.requests[0].queries[0].query).toBe("p50:trace.flask.request{service:web}");
});

test("the distribution of latency and where time is spent, where they are wanted", () => {
  const graphs = serviceGraphs({ ...summary, show_distribution: true, show_breakdown: true });
  expect(graphs.slice(3).map((graph) => [graph.type, graph.title])).toEqual([
    ["distribution", "Latency distribution"],
    ["timeseries", "Time spent by operation"],
  ]);
  expect(graphs[3]!.requests[0].queries[0].query).toBe("histogram:trace.flask.request{service:web,env:prod}");
  expect(graphs[4]!.requests[0].queries[0].search.query).toBe("service:web env:prod");
});
