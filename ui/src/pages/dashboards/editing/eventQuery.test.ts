import { expect, test } from "vitest";
import { computeOf, groupsOf, newQuery, withCompute, withGroups } from "./eventQuery";

const query = newQuery("logs", "a", false);

test("a measure goes with its aggregation, also in the order of groups", () => {
  const grouped = withGroups(query, ["service"], 5);
  const average = withCompute(grouped, "avg", "@duration");
  expect(computeOf(average)).toEqual({ aggregation: "avg", metric: "@duration" });
  expect(groupsOf(average).groups).toEqual([
    { facet: "service", limit: 5, sort: { order: "desc", aggregation: "avg", metric: "@duration" } },
  ]);
  expect(computeOf(withCompute(average, "count", "@duration")).metric).toBe("");
});

test("groups come and go", () => {
  expect(groupsOf(withGroups(query, ["a", "b"], 10)).fields).toEqual(["a", "b"]);
  expect(withGroups(query, [""], 10).group_by).toEqual([]);
  expect(groupsOf({ ...query, group_by: { fields: ["x"], limit: 3 } })).toMatchObject({
    fields: ["x"],
    limit: 3,
  });
});
