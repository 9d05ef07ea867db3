import { expect, it } from "vitest";
import { latencyMonitor, latencyThreshold } from "./latency";

it("a latency monitor starts at twice the latency of now", () => {
  expect(latencyThreshold(0.1724)).toBe("0.34");
  expect(latencyThreshold(3.26)).toBe("6.5");
  expect(latencyThreshold(undefined)).toBe("");
  const address = latencyMonitor("web", "flask.request", "service:web,env:prod", 0.1);
  const given = new URLSearchParams(address.split("?")[1]);
  expect(given.get("query")).toBe("percentile(last_5m):p95:trace.flask.request{service:web,env:prod} > 0.2");
  expect(given.get("name")).toBe("p95 latency of web is high");
});
