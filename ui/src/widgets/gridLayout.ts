/** Moving and resizing one widget of a grid; the others make room as they do under the pointer. Pure. */
import { COLUMNS } from "./layout";
import type { WidgetLayout } from "./types";

export type Direction = "left" | "right" | "up" | "down";

const STEPS: Record<Direction, readonly [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

/** The places after the one at `index` went a step; the same places where it cannot. */
export function moved(
  places: readonly WidgetLayout[],
  index: number,
  direction: Direction,
): readonly WidgetLayout[] {
  const own = places[index]!;
  const [right, down] = STEPS[direction];
  const x = own.x + right;
  if (x < 0 || x + own.width > COLUMNS) return places;
  if (down === 0) return arranged(places, index, { ...own, x });
  // What lies between gives way at once: a step is one that can be seen.
  const bottom = Math.max(...places.map((place) => place.y + place.height));
  for (let y = own.y + down; y >= 0 && y <= bottom; y += down) {
    const found = arranged(places, index, { ...own, y });
    if ((found[index]!.y - own.y) * down > 0) return found;
  }
  return places;
}

/** The places after the one at `index` became a column or a row larger or smaller. */
export function resized(
  places: readonly WidgetLayout[],
  index: number,
  direction: Direction,
): readonly WidgetLayout[] {
  const own = places[index]!;
  const [right, down] = STEPS[direction];
  const [width, height] = [own.width + right, own.height + down];
  if (width < 1 || height < 1 || own.x + width > COLUMNS) return places;
  return arranged(places, index, { ...own, width, height });
}

/** Places as given, but that nothing overlaps and everything stands as high as what is above it lets it. */
export function compacted(places: readonly WidgetLayout[]): readonly WidgetLayout[] {
  return places.length === 0 ? places : settled(places, -1);
}

/** All places with `own` at `index`: nothing overlaps, and everything stands as high as what is above it lets it. */
function arranged(
  places: readonly WidgetLayout[],
  index: number,
  own: WidgetLayout,
): readonly WidgetLayout[] {
  return settled(places.with(index, own), index);
}

/** Of two that begin in the same row the one at `index` comes first. */
function settled(wanted: readonly WidgetLayout[], index: number): readonly WidgetLayout[] {
  const first = (i: number) => (i === index ? 0 : 1);
  const order = [...wanted.keys()].sort(
    (a, b) => wanted[a]!.y - wanted[b]!.y || first(a) - first(b) || wanted[a]!.x - wanted[b]!.x,
  );
  const result = [...wanted];
  const above: WidgetLayout[] = [];
  for (const i of order) {
    result[i] = settle(wanted[i]!, above);
    above.push(result[i]);
  }
  return result;
}

function settle(place: WidgetLayout, above: readonly WidgetLayout[]): WidgetLayout {
  const free = (y: number) => !above.some((other) => overlap({ ...place, y }, other));
  let { y } = place;
  while (y > 0 && free(y - 1)) y--;
  while (!free(y)) y++;
  return { ...place, y };
}

function overlap(a: WidgetLayout, b: WidgetLayout): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Where a widget is, for those who cannot see it. */
export function placeWords({ x, y, width, height }: WidgetLayout): string {
  const size = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
  return `column ${x + 1}, row ${y + 1}, ${size(width, "column")} wide, ${size(height, "row")} high`;
}
