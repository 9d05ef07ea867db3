import { expect, test } from "vitest";
import { sortedSlos } from "./sloSort";

const slo = (name: string, status: number | null, budget: number | null = null) => ({
  data: { id: name, attributes: { name, overall_status: [{ status, error_budget_remaining: budget }] } },
});

test("sorted by the columns that the widget names, without data last", () => {
  const found = [slo("b", 99, 10), slo("a", 90, 20), slo("c", null)];
  const names = (column: string, order: "asc" | "desc") =>
    sortedSlos(found, [{ column, order }]).map((one) => one.data.id);
  expect(names("status.sli", "asc")).toEqual(["a", "b", "c"]);
  expect(names("status.error_budget_remaining", "desc")).toEqual(["a", "b", "c"]);
  expect(names("name", "desc")).toEqual(["c", "b", "a"]);
  expect(sortedSlos(found, undefined).map((one) => one.data.id)).toEqual(["b", "a", "c"]);
});
