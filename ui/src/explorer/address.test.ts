import { describe, expect, it } from "vitest";
import { type ExplorerState, readState, viewState, writeState } from "./address";

const STATE: ExplorerState = {
  query: 'service:web "a, b"',
  columns: ["host", "@a,b", "@50%"],
  visualization: "table",
  display: "expanded-md",
  newestFirst: false,
  sort: "-duration",
  open: "0a",
  aggregation: "pc95",
  measure: "@duration",
  groupBy: ["service", "@http.method"],
  limit: 25,
  stackBy: "host",
  tail: true,
  view: "7",
};

function through(state: Partial<ExplorerState>): ExplorerState {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(writeState(state))) if (value !== null) params.set(name, value);
  return readState(new URLSearchParams(params.toString()), ["host", "service"], "status");
}

describe("the address", () => {
  it("holds the whole state", () => expect(through(STATE)).toEqual(STATE));
  it("is empty at first", () => {
    const first = through({});
    expect(first.columns).toEqual(["host", "service"]);
    expect(first.visualization).toBe("stream");
    expect(
      Object.values(writeState({ query: "", tail: false, limit: 10 })).every((one) => one === null),
    ).toBe(true);
  });
  it("can say that there are no columns", () => expect(through({ columns: [] }).columns).toEqual([]));
  it("ignores what it does not know", () => {
    const state = readState(new URLSearchParams("viz=cloud&messageDisplay=x&top_n=9999"), [], "status");
    expect([state.visualization, state.display, state.limit]).toEqual(["stream", "inline", 100]);
  });
  it("gives a view what belongs to it", () => {
    expect(viewState(new URLSearchParams("query=a&event=1&cols=b&saved_view=3"))).toEqual({
      query: "a",
      cols: "b",
    });
  });
});
