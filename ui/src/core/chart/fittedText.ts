/** Words on a canvas that have no more room than this: cut where they end, with an ellipsis. */

export interface Measures {
  measureText: (text: string) => { width: number };
}

/** The text, or its beginning with an ellipsis; empty where not even that has room. */
export function fittedText(context: Measures, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (context.measureText(`${text.slice(0, middle)}\u2026`).width <= width) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low).trimEnd()}\u2026`;
}

let shared: CanvasRenderingContext2D | null = null;

/** A context that draws nothing, for measuring in a font. */
export function measuring(font: string): Measures {
  shared ??= document.createElement("canvas").getContext("2d")!;
  shared.font = font;
  return shared;
}
