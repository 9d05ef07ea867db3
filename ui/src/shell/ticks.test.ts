import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ticks } from "./ticks";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("runs at each interval until it is ended", () => {
  const run = vi.fn();
  const end = ticks(run, 20_000, () => false);
  vi.advanceTimersByTime(60_000);
  expect(run).toHaveBeenCalledTimes(3);
  end();
  vi.advanceTimersByTime(60_000);
  expect(run).toHaveBeenCalledTimes(3);
});

it("waits for what is on its way, and goes on right after it", () => {
  const run = vi.fn();
  let busy = true;
  const end = ticks(run, 20_000, () => busy);
  vi.advanceTimersByTime(50_000);
  expect(run).not.toHaveBeenCalled();
  busy = false;
  vi.advanceTimersByTime(500);
  expect(run).toHaveBeenCalledTimes(1);
  end();
});

it("does not wait for ever", () => {
  const run = vi.fn();
  const end = ticks(run, 20_000, () => true);
  vi.advanceTimersByTime(320_000);
  expect(run).toHaveBeenCalledTimes(1);
  end();
});
