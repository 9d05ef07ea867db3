import { describe, expect, it } from "vitest";
import { readState } from "./address";
import { metricParams, monitorParams, titleOf, widgetOf } from "./exports";

const state = (address: string) => readState(new URLSearchParams(address), ["host"], "status");

describe("exports", () => {
  it("a search becomes a monitor that counts it", () => {
    expect(monitorParams("logs", state('query=service:web "out of"'), "Web")).toEqual({
      type: "log alert",
      query: 'logs("service:web \\"out of\\"").index("*").rollup("count").last("5m") > 0',
      name: "Web",
    });
    expect(monitorParams("spans", state("")).query).toBe(
      'trace-analytics("*").rollup("count").last("5m") > 0',
    );
    expect(monitorParams("events", state("")).type).toBe("event-v2 alert");
  });

  it("analytics become a monitor of the same measure and groups", () => {
    const shown = state("query=a&viz=toplist&agg_t=pc95&agg_m=@duration&agg_q=service,@http.method");
    expect(monitorParams("logs", shown).query).toBe(
      'logs("a").index("*").rollup("pc95", "@duration").by("service,@http.method").last("5m") > 0',
    );
  });

  it("each visualization has a widget", () => {
    const types = ["stream", "pattern", "timeseries", "toplist", "table", "pie"].map(
      (viz) => widgetOf("logs", "logs", state(`viz=${viz}&query=a`), "t").type,
    );
    expect(types).toEqual(["list_stream", "list_stream", "timeseries", "toplist", "query_table", "sunburst"]);
    const list = widgetOf("logs", "logs", state("query=a&cols=host,@x"), "t") as unknown as {
      requests: { columns: { field: string }[]; query: { query_string: string } }[];
    };
    expect(list.requests[0]!.columns.map((one) => one.field)).toEqual([
      "status_line",
      "timestamp",
      "host",
      "@x",
      "content",
    ]);
    expect(list.requests[0]!.query.query_string).toBe("a");
  });

  it("titles and metrics", () => {
    expect(titleOf("logs", state("query=a&viz=table&agg_q=service"))).toBe("Logs by service: a");
    expect(metricParams(state("query=a&viz=table&agg_t=avg&agg_m=@x&agg_q=service"))).toEqual({
      new: "1",
      query: "a",
      group_by: "service",
      measure: "@x",
    });
    expect(metricParams(state("query=a&agg_q=service"))).toEqual({ new: "1", query: "a" });
  });
});
