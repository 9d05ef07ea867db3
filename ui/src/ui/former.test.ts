import { createElement, useState } from "react";
import { renderToString } from "react-dom/server";
import { expect, it } from "vitest";
import { useFormer } from "./former";

interface Step {
  question: string;
  data: string | undefined;
  isPlaceholderData: boolean;
}

/** What the hook says in one component that goes through the steps, one a render. */
function former(steps: readonly Step[]): boolean[] {
  const said: boolean[] = [];
  function Page() {
    const [at, setAt] = useState(0);
    const { question, ...query } = steps[at]!;
    said.push(useFormer(query, question));
    if (at < steps.length - 1) setAt(at + 1);
    return null;
  }
  renderToString(createElement(Page));
  return said;
}

const loading = (question: string): Step => ({ question, data: undefined, isPlaceholderData: false });
const answered = (question: string): Step => ({ question, data: "rows", isPlaceholderData: false });
const kept = (question: string): Step => ({ question, data: "rows", isPlaceholderData: true });

it("marks rows of another question, and not those of a refresh", () => {
  const steps = [loading("a"), answered("a"), kept("a"), answered("a"), kept("b"), answered("b")];
  expect(former(steps)).toEqual([false, false, false, false, true, false]);
});

it("marks the rows of the question before when one that failed is asked again", () => {
  const failed = loading;
  expect(former([answered("a"), kept("b"), failed("b"), kept("b"), answered("b")])).toEqual([
    false,
    true,
    false,
    true,
    false,
  ]);
});
