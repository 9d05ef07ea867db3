/** Labels of vertical marks in a drawing, none of which reaches another mark. Pure. */
import type { Marker } from "~/core/chart/model";
import { shorten } from "~/core/labels";

/** Pixels of a letter at the size of labels. */
const LETTER = 6.6;
const GAP = 8;
/** Marks nearer to the right end have their label on the left. */
const NEAR_END = 80;
const LEAST_LETTERS = 3;

export interface LabeledMark {
  marker: Marker;
  x: number;
  /** Empty where there is no room for it. */
  label: string;
  /** Whether the label ends at the mark. */
  end: boolean;
}

/** The marks between `left` and `right` from left to right, with what of their labels fits. */
export function labeled(
  marks: readonly { marker: Marker; x: number }[],
  left: number,
  right: number,
): LabeledMark[] {
  const seen = marks.filter(({ x }) => x >= left && x <= right).sort((a, b) => a.x - b.x);
  let taken = left;
  return seen.map(({ marker, x }, i) => {
    const end = x > right - NEAR_END;
    const room = end ? x - taken : (seen[i + 1]?.x ?? right) - x;
    const letters = Math.floor((room - GAP) / LETTER);
    const label = marker.label && letters >= LEAST_LETTERS ? shorten(marker.label, letters) : "";
    taken = end ? x : x + GAP / 2 + label.length * LETTER;
    return { marker, x, label, end };
  });
}
