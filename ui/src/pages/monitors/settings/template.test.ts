import { expect, it } from "vitest";
import { defaultsOf, definitionOf, filled, readVariables, writeVariables } from "./template";

it("variables are filled in as the server does", () => {
  const variables = [{ name: "env", tag_key: "env" }, { name: "env_name" }, { name: "limit" }];
  const definition = {
    query: "avg(last_5m):avg:a{$env,team:web} > $limit",
    tags: ["$env", "$env_name"],
    message: "$env.value is slow, $environment is not a variable",
    options: { thresholds: { critical: 5 } },
  };
  expect(filled(definition, variables, { env: "prod", env_name: "p", limit: "5" })).toEqual({
    query: "avg(last_5m):avg:a{env:prod,team:web} > 5",
    tags: ["env:prod", "p"],
    message: "prod is slow, $environment is not a variable",
    options: { thresholds: { critical: 5 } },
  });
  expect(filled("{$env}", variables, {})).toBe("{*}");
});

it("variables are written as lines and read back", () => {
  const text = "env = prod, staging (env)\nlimit = 5\nplain";
  const read = readVariables(text);
  expect(read).toEqual([
    { name: "env", tag_key: "env", available_values: ["prod", "staging"], defaults: ["prod"] },
    { name: "limit", available_values: ["5"], defaults: ["5"] },
    { name: "plain" },
  ]);
  expect(writeVariables(read)).toBe(text);
  expect(defaultsOf(read)).toEqual({ env: "prod", limit: "5", plain: "*" });
});

it("a monitor gives its definition", () => {
  const monitor = {
    id: 5,
    name: "a",
    type: "t",
    query: "q",
    options: { silenced: {}, x: 1 },
    priority: null,
  };
  expect(definitionOf(monitor)).toEqual({ name: "a", type: "t", query: "q", options: { x: 1 } });
});
