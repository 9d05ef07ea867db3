/** What holds for every board: made up at random, and published (where they lie beside the checkout). */
import { describe, expect, test } from "vitest";
import type { Dashboard, Widget } from "../types";
import { isGroup, overlap, placeBoard, placeInner } from ".";
import { type Box, lowerEdge } from "./box";
import { headerRows } from "./group";

/** Numbers from 0 to `limit - 1`, the same for the same seed. */
function numbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function randomWidget(pick: (limit: number) => number, depth = 0): Widget {
  const layout = { x: pick(14), y: pick(3) === 0 ? 0 : pick(30), width: 1 + pick(13), height: 1 + pick(6) };
  const inner = depth === 0 && pick(3) === 0;
  return {
    definition: inner
      ? {
          type: "group",
          ...(pick(4) === 0 && { banner_img: "x.png" }),
          widgets: Array.from({ length: pick(5) }, () => randomWidget(pick, 1)),
        }
      : { type: "timeseries" },
    ...(pick(8) > 0 && { layout: { ...layout, ...(pick(12) === 0 && { is_column_break: true }) } }),
  };
}

function check(widgets: readonly Widget[], name: string, toggled?: ReadonlyMap<number, boolean>) {
  for (const dense of [false, true]) {
    const { placed, sides } = placeBoard(widgets, { dense, toggled });
    expect(placed.length, name).toBe(widgets.length);
    placed.forEach(({ box, side, collapsed }, i) => {
      inside(box, 12, name);
      expect(side, name).toBeLessThan(sides);
      for (let j = 0; j < i; j++) {
        if (placed[j]!.side === side)
          expect(overlap(box, placed[j]!.box), `${name}: ${j} and ${i}`).toBe(false);
      }
      const { definition } = widgets[i]!;
      if (!isGroup(definition) || collapsed) return;
      const inner = placeInner(definition, box.width);
      inner.forEach((one, at) => {
        inside(one, box.width, name);
        expect(lowerEdge(one) + headerRows(definition), `${name}: out of its group`).toBeLessThanOrEqual(
          box.height,
        );
        for (let j = 0; j < at; j++) expect(overlap(one, inner[j]!), name).toBe(false);
      });
    });
  }
}

function inside(box: Box, columns: number, name: string) {
  expect(box.x >= 0 && box.y >= 0 && box.width >= 1 && box.height >= 1, name).toBe(true);
  expect(box.x + box.width, name).toBeLessThanOrEqual(columns);
}

/** Whether the layouts can be taken as they are written. */
function clean(widgets: readonly Widget[]): boolean {
  const boxes = widgets.map((widget) => widget.layout);
  return boxes.every(
    (box, i) =>
      box !== undefined &&
      box.x + box.width <= 12 &&
      boxes.every((other, j) => j >= i || !other || !overlap(box, other)),
  );
}

test("random boards", () => {
  for (let seed = 0; seed < 150; seed++) {
    const pick = numbers(seed);
    const widgets = Array.from({ length: 1 + pick(14) }, () => randomWidget(pick));
    check(widgets, `seed ${seed}`);
    check(widgets, `seed ${seed}, toggled`, new Map(widgets.map((_, i) => [i, pick(2) === 0])));
  }
});

const CORPUS: Record<string, Dashboard> = import.meta.glob("../../../../../shared/corpus/dashboards/*.json", {
  eager: true,
  import: "default",
});

describe.skipIf(Object.keys(CORPUS).length === 0)("published boards", () => {
  const boards = Object.entries(CORPUS);
  const ordered = boards.filter(([, board]) => board.layout_type === "ordered");

  test("do not overlap and keep their groups' widgets inside", () => {
    expect(ordered.length).toBeGreaterThan(150);
    for (const [file, board] of ordered) check(board.widgets, file);
  });

  test("stay as they are where their layouts are clean", () => {
    let count = 0;
    for (const [file, board] of ordered) {
      const groups = board.widgets.some((widget) => isGroup(widget.definition));
      if (groups || !clean(board.widgets)) continue;
      if (board.widgets.some((widget) => widget.layout?.is_column_break)) continue;
      count++;
      placeBoard(board.widgets).placed.forEach(({ box }, i) => {
        const { x, y, width, height } = board.widgets[i]!.layout!;
        expect(box, file).toEqual({ x, y, width, height });
      });
    }
    expect(count).toBeGreaterThan(20);
  });

  test("keep the order of what stands above each other", () => {
    for (const [file, board] of ordered) {
      if (!clean(board.widgets)) continue;
      const { placed } = placeBoard(board.widgets);
      board.widgets.forEach((one, i) => {
        board.widgets.forEach((other, j) => {
          const [a, b] = [one.layout!, other.layout!];
          if (a.x >= b.x + b.width || b.x >= a.x + a.width || lowerEdge(a) > b.y) return;
          expect(lowerEdge(placed[i]!.box), `${file}: ${i} above ${j}`).toBeLessThanOrEqual(placed[j]!.box.y);
        });
      });
    }
  });
});
