/** SVG path of a piece of a ring, from `start` to `end` as shares of the circle, the top first. */
export function arc(start: number, end: number, inner: number, outer: number): string {
  // A full circle has no ends to draw an arc between.
  const last = Math.min(end, start + 0.99999);
  const at = (share: number, radius: number) => {
    const angle = share * 2 * Math.PI - Math.PI / 2;
    return `${(Math.cos(angle) * radius).toFixed(3)} ${(Math.sin(angle) * radius).toFixed(3)}`;
  };
  const large = last - start > 0.5 ? 1 : 0;
  return (
    `M${at(start, outer)}A${outer} ${outer} 0 ${large} 1 ${at(last, outer)}` +
    `L${at(last, inner)}A${inner} ${inner} 0 ${large} 0 ${at(start, inner)}Z`
  );
}
