/** How wide the columns of a table are, by what stands in them: every row is a grid of its own. Pure. */

const LETTER_PX = 7.3;
/** Padding of a cell and the arrow of a sorted header. */
const AROUND_PX = 40;
const MIN_PX = 52;
const MAX_PX = 360;
/** A header is shortened before a table is wider than its widget; so is a text, but no number. */
const HEADER_PX = 60;
const TEXT_PX = 64;
const SAMPLE = 200;

/**
 * A CSS grid track. With room for all, header and cells are whole, and what is left goes by width; with less,
 * headers end in an ellipsis, and so do cells that may be shortened: texts, but no numbers.
 */
export function columnWidth(title: string, cells: readonly string[], kind: "shortened" | "whole"): string {
  const longest = Math.max(0, ...cells.slice(0, SAMPLE).map((text) => text.length));
  const header = title.length * LETTER_PX + AROUND_PX;
  const body = Math.min(MAX_PX, longest * LETTER_PX + AROUND_PX - 8);
  const natural = Math.round(Math.max(MIN_PX, Math.min(header, 240), body));
  const cell = kind === "whole" ? body : Math.min(body, TEXT_PX);
  const least = Math.round(Math.max(MIN_PX, Math.min(header, HEADER_PX), cell));
  return `minmax(${least}px, ${natural}fr)`;
}
