/** Moving and resizing widgets of a grid; the others make room as they do under the pointer. Pure. */
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
  columns: number = COLUMNS,
): readonly WidgetLayout[] {
  const own = places[index]!;
  const [right, down] = STEPS[direction];
  const x = own.x + right;
  if (x < 0 || x + own.width > columns) return places;
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
  columns: number = COLUMNS,
): readonly WidgetLayout[] {
  const own = places[index]!;
  const [right, down] = STEPS[direction];
  const [width, height] = [own.width + right, own.height + down];
  if (width < 1 || height < 1 || own.x + width > columns) return places;
  return arranged(places, index, { ...own, width, height });
}

/** Several a step together; the same places where one of them cannot. */
export function movedTogether(
  places: readonly WidgetLayout[],
  indices: readonly number[],
  direction: Direction,
  columns: number = COLUMNS,
): readonly WidgetLayout[] {
  if (indices.length === 1) return moved(places, indices[0]!, direction, columns);
  const [right, down] = STEPS[direction];
  const own = indices.map((index) => places[index]!);
  if (own.some(({ x, y, width }) => x + right < 0 || x + right + width > columns || y + down < 0))
    return places;
  const bottom = Math.max(...places.map((place) => place.y + place.height));
  for (let by = 1; by <= bottom; by++) {
    const wanted = places.map((place, i) =>
      indices.includes(i) ? { ...place, x: place.x + right, y: Math.max(0, place.y + down * by) } : place,
    );
    const found = settled(wanted, indices);
    if (down === 0 || indices.every((i) => (found[i]!.y - places[i]!.y) * down > 0)) return found;
  }
  return places;
}

/** Places as given, but that nothing overlaps and everything stands as high as what is above it lets it. */
export function compacted(places: readonly WidgetLayout[]): readonly WidgetLayout[] {
  return settled(places, []);
}

/** Places as given, but that what overlaps goes down; holes stay. */
export function pushedDown(places: readonly WidgetLayout[]): readonly WidgetLayout[] {
  return settled(places, [], false);
}

/** All places with `own` at `index`: nothing overlaps, and everything stands as high as what is above it lets it. */
export function arranged(
  places: readonly WidgetLayout[],
  index: number,
  own: WidgetLayout,
): readonly WidgetLayout[] {
  return settled(places.with(index, own), [index]);
}

/** Of two that begin in the same row one of `leading` comes first. */
export function settled(
  wanted: readonly WidgetLayout[],
  leading: readonly number[],
  up = true,
): readonly WidgetLayout[] {
  const first = (i: number) => (leading.includes(i) ? 0 : 1);
  const order = [...wanted.keys()].sort(
    (a, b) => wanted[a]!.y - wanted[b]!.y || first(a) - first(b) || wanted[a]!.x - wanted[b]!.x,
  );
  const result = [...wanted];
  const above: WidgetLayout[] = [];
  for (const i of order) {
    result[i] = settle(wanted[i]!, above, up);
    above.push(result[i]);
  }
  return result;
}

function settle(place: WidgetLayout, above: readonly WidgetLayout[], up: boolean): WidgetLayout {
  const free = (y: number) => !above.some((other) => overlap({ ...place, y }, other));
  let { y } = place;
  while (up && y > 0 && free(y - 1)) y--;
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
