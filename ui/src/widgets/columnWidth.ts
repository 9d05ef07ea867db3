/** How wide the columns of a table are, by what stands in them: every row is a grid of its own. Pure. */

const LETTER_PX = 7.3;
/** Padding of a cell and the arrow of a sorted header. */
const AROUND_PX = 40;
const MIN_PX = 64;
const MAX_PX = 360;
const SAMPLE = 200;

/** A CSS grid track that holds the header whole and most cells, and grows with `weight`. */
export function columnWidth(title: string, cells: readonly string[], weight: number): string {
  const longest = Math.max(0, ...cells.slice(0, SAMPLE).map((text) => text.length));
  const header = title.length * LETTER_PX + AROUND_PX;
  const body = longest * LETTER_PX + AROUND_PX - 8;
  const px = Math.round(Math.max(MIN_PX, Math.min(MAX_PX, Math.max(Math.min(header, 240), body))));
  return `minmax(${px}px, ${weight}fr)`;
}
