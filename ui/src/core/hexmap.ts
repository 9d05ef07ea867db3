/** Where the hexagons of a host map stand: groups side by side in lines, as large as the room allows. */

export interface Block {
  name: string;
  /** Left and top of the group's label. */
  x: number;
  y: number;
  width: number;
  /** Centers of its hexagons, in the order of its members. */
  centers: [number, number][];
}

export interface Layout {
  /** From a center to a corner. */
  radius: number;
  height: number;
  blocks: Block[];
}

const LABEL = 22;
const GAP = 20;
/** Columns of a group for each of its rows. */
const SHAPE = 1.4;
const LARGEST = 64;
const SMALLEST = 6;
const ROOT3 = Math.sqrt(3);

/** Tries sizes from large to small; the smallest is used, and the map scrolls, where nothing else fits. */
export function layoutHexagons(
  groups: readonly { name: string; count: number }[],
  width: number,
  height: number,
): Layout {
  // A group is about as wide as it is high, but in a low strip as wide as it takes.
  const shapes = width > 4 * height ? [SHAPE, 8 * SHAPE, 64 * SHAPE] : [SHAPE];
  const found = shapes.map((shape) => largest(groups, width, height, shape));
  return found.reduce((best, one) => (one.radius > best.radius ? one : best));
}

function largest(
  groups: readonly { name: string; count: number }[],
  width: number,
  height: number,
  shape: number,
): Layout {
  let found = place(groups, width, SMALLEST, shape);
  let [low, high] = [SMALLEST, LARGEST];
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    const tried = place(groups, width, middle, shape);
    const fits = tried.height <= height && tried.blocks.every((block) => block.x + block.width <= width);
    if (fits) [found, low] = [tried, middle];
    else high = middle;
  }
  return found;
}

function place(
  groups: readonly { name: string; count: number }[],
  width: number,
  radius: number,
  shape: number,
): Layout {
  const above = groups.every((group) => group.name === "") ? 0 : LABEL;
  const blocks: Block[] = [];
  let [x, y, line] = [0, 0, 0];
  for (const group of groups) {
    const most = Math.max(1, Math.floor(width / (ROOT3 * radius) - 0.5));
    const columns = Math.min(most, Math.max(1, Math.ceil(Math.sqrt(group.count * shape))));
    const rows = Math.ceil(group.count / columns);
    const own = Math.max((columns + (rows > 1 ? 0.5 : 0)) * ROOT3 * radius, labelWidth(group.name));
    const tall = above + (rows * 1.5 + 0.5) * radius;
    if (x > 0 && x + own > width) {
      [x, y, line] = [0, y + line + GAP, 0];
    }
    const centers = Array.from({ length: group.count }, (_, i): [number, number] => {
      const row = Math.floor(i / columns);
      return [
        x + ((i % columns) + 0.5 + (row % 2) * 0.5) * ROOT3 * radius,
        y + above + (row * 1.5 + 1) * radius,
      ];
    });
    blocks.push({ name: group.name, x, y, width: own, centers });
    x += own + GAP;
    line = Math.max(line, tall);
  }
  return { radius, height: y + line, blocks };
}

function labelWidth(name: string): number {
  return Math.min(220, name.length * 6.5 + 36);
}

/** Corners of a hexagon that stands on a corner, as an SVG `points` attribute; a hair smaller than its cell. */
export function hexagonPoints([x, y]: readonly [number, number], radius: number): string {
  const size = radius * 0.94;
  return [0, 1, 2, 3, 4, 5]
    .map((side) => {
      const angle = (side * Math.PI) / 3;
      return `${(x + Math.sin(angle) * size).toFixed(1)},${(y + Math.cos(angle) * size).toFixed(1)}`;
    })
    .join(" ");
}
