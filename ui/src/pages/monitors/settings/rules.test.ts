import { expect, it } from "vitest";
import {
  attributesOf,
  draftOf,
  filterOf,
  handlesIn,
  NEW_RULE,
  type Rule,
  ruleProblem,
  summary,
} from "./rules";

const PLAIN: Rule = {
  id: "1",
  attributes: {
    name: "Web",
    filter: { tags: ["team:web", "env:prod"] },
    recipients: ["slack-a-web", "me@x.org"],
  },
};
const CONDITIONAL: Rule = {
  id: "2",
  attributes: {
    name: "By state",
    filter: { scope: "team:web AND NOT env:dev" },
    conditional_recipients: {
      conditions: [
        { scope: "transition_type:is_alert", recipients: ["pagerduty-web"] },
        { scope: "region:eu", recipients: ["eu@x.org"] },
      ],
      fallback_recipients: ["all@x.org"],
    },
  },
};

it("rules go through the form unchanged", () => {
  for (const rule of [PLAIN, CONDITIONAL]) expect(attributesOf(draftOf(rule))).toEqual(rule.attributes);
});

it("handles are read with and without their @", () => {
  expect(handlesIn("@a, @b@x.org  c @a")).toEqual(["a", "b@x.org", "c"]);
});

it("an empty filter matches everything", () => {
  expect(filterOf(NEW_RULE)).toBeUndefined();
  expect(filterOf({ ...NEW_RULE, filter: "team:web, team:web ," })).toEqual({ tags: ["team:web"] });
  expect(summary({ id: "1", attributes: { name: "a", recipients: ["b"] } })).toEqual({
    matches: "all monitors",
    recipients: ["b"],
  });
});

it("says what is missing", () => {
  expect(ruleProblem(NEW_RULE)).toMatch("name");
  expect(ruleProblem({ ...NEW_RULE, name: "a" })).toMatch("recipient");
  expect(ruleProblem({ ...NEW_RULE, name: "a", conditions: [{ scope: "web", recipients: "@b" }] })).toMatch(
    "tag",
  );
  expect(ruleProblem(draftOf(CONDITIONAL))).toBeUndefined();
});
