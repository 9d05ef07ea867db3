import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FOLLOW_MS, joinGroup, oncePerFrame, shareTime } from "./crosshair";

describe("shareTime", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("reaches the others of the group alone", () => {
    const [own, other, stranger] = [vi.fn(), vi.fn(), vi.fn()];
    const member = { cross: own };
    const leave = [
      joinGroup("a", member),
      joinGroup("a", { cross: other }),
      joinGroup("b", { cross: stranger }),
    ];
    shareTime("a", member, 5);
    leave[1]!();
    vi.advanceTimersByTime(10 * FOLLOW_MS);
    shareTime("a", member, 6);
    expect(other.mock.calls).toEqual([[5]]);
    expect(own).not.toHaveBeenCalled();
    expect(stranger).not.toHaveBeenCalled();
    for (const one of leave) one();
  });

  it("shows the first place at once, then the latest of each span, and the leaving at once", () => {
    const other = vi.fn();
    const member = { cross: vi.fn() };
    const leave = [joinGroup("c", member), joinGroup("c", { cross: other })];
    for (const time of [1, 2, 3]) shareTime("c", member, time);
    expect(other.mock.calls).toEqual([[1]]);
    vi.advanceTimersByTime(FOLLOW_MS);
    expect(other.mock.calls).toEqual([[1], [3]]);
    shareTime("c", member, 4);
    shareTime("c", member, null);
    vi.advanceTimersByTime(10 * FOLLOW_MS);
    expect(other.mock.calls).toEqual([[1], [3], [null]]);
    shareTime("c", member, 5);
    vi.advanceTimersByTime(2 * FOLLOW_MS);
    shareTime("c", member, 6);
    expect(other.mock.calls.slice(3)).toEqual([[5], [6]]);
    expect(vi.getTimerCount()).toBe(1);
    for (const one of leave) one();
  });
});

describe("oncePerFrame", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("runs with the last value once a frame, and not when canceled", () => {
    let frames: (() => void)[] = [];
    vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
    vi.stubGlobal("cancelAnimationFrame", (id: number) => frames.splice(id - 1, 1));
    const draw = () => {
      const now = frames;
      frames = [];
      for (const run of now) run();
    };
    const seen: number[] = [];
    const move = oncePerFrame((value: number) => seen.push(value));
    for (const value of [1, 2, 3]) move(value);
    expect(frames).toHaveLength(1);
    draw();
    move(4);
    move.cancel();
    draw();
    move(5);
    draw();
    expect(seen).toEqual([3, 5]);
  });
});
