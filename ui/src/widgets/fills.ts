/** Continuous fills of maps by the names that dashboards hold. Pure. */

/** Ramp of the tokens and its steps; the diverging one never goes from red to green. */
const RAMPS: Record<string, [string, number]> = {
  hostmap_blues: ["seq", 7],
  blue: ["seq", 7],
  cool: ["seq", 7],
  yellow_to_green: ["seq", 7],
  YlOrRd: ["heat", 7],
  warm: ["heat", 7],
  red: ["heat", 7],
  orange: ["heat", 7],
  Plasma: ["heat", 7],
  green_to_orange: ["div", 9],
};

export function fillVariable(palette: string | undefined, share: number): string {
  const [ramp, steps] = RAMPS[palette ?? ""] ?? ["seq", 7];
  const step = Math.max(0, Math.min(steps - 1, Math.floor(share * steps)));
  return `--${ramp}-${step + 1}`;
}

/** Whether text on it must be of the ink for the far end of the ramp. */
export function isDarkFill(palette: string | undefined, share: number): boolean {
  const [ramp] = RAMPS[palette ?? ""] ?? ["seq", 7];
  return ramp === "div" ? share < 1 / 9 || share >= 8 / 9 : share > 0.5;
}

/** Whether the ramp is light in its middle, in either theme. */
export function isDiverging(palette: string | undefined): boolean {
  return RAMPS[palette ?? ""]?.[0] === "div";
}
