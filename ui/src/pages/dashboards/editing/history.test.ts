import { expect, test } from "vitest";
import { historyOf, redone, stepped, undone } from "./history";

test("steps are undone and redone; a new step forgets what was undone", () => {
  let history = stepped(stepped(historyOf({ n: 1 }), { n: 2 }), { n: 3 });
  history = undone(history);
  expect(history.present.n).toBe(2);
  expect(redone(history).present.n).toBe(3);
  history = stepped(history, { n: 9 });
  expect(redone(history).present.n).toBe(9);
  expect(undone(undone(undone(history))).present.n).toBe(1);
});

test("nothing changed is no step", () => {
  const history = historyOf({ n: 1 });
  expect(stepped(history, { n: 1 })).toBe(history);
});
