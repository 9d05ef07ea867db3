/** Lays a trace out as rows of boxes and draws it on a canvas. Times are nanoseconds from the trace's start. */

export interface Span {
  id: string;
  parent: string;
  service: string;
  name: string;
  resource: string;
  type: string;
  start: number;
  duration: number;
  error: boolean;
  meta: Record<string, string>;
  metrics: Record<string, number>;
}

export interface Box {
  span: Span;
  depth: number;
  /** Row of the flame graph: parallel spans of one depth stand below each other. */
  row: number;
  /** Nanoseconds of this span in which none of its children ran. */
  own: number;
}

/** Boxes in tree order: parents before children, siblings by start. Spans without a parent here are roots. */
export function layOut(spans: readonly Span[]): Box[] {
  const { roots, children } = family(spans);
  const ends: number[] = [];
  const boxes: Box[] = [];
  const seen = new Set<string>();
  const stack = roots.reverse().map((span) => ({ span, depth: 0, above: -1 }));
  while (stack.length > 0) {
    const { span, depth, above } = stack.pop()!;
    if (seen.has(span.id)) continue;
    seen.add(span.id);
    let row = above + 1;
    while ((ends[row] ?? Number.NEGATIVE_INFINITY) > span.start) row += 1;
    ends[row] = span.start + span.duration;
    const inner = children.get(span.id) ?? [];
    boxes.push({ span, depth, row, own: span.duration - covered(span, inner) });
    for (const child of [...inner].reverse()) stack.push({ span: child, depth: depth + 1, above: row });
  }
  return boxes;
}

function family(spans: readonly Span[]) {
  const ids = new Set(spans.map((span) => span.id));
  const roots: Span[] = [];
  const children = new Map<string, Span[]>();
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.duration - a.duration);
  for (const span of sorted) {
    if (!ids.has(span.parent) || span.parent === span.id) roots.push(span);
    else children.set(span.parent, [...(children.get(span.parent) ?? []), span]);
  }
  return { roots, children };
}

/** How much of a span its children cover, overlaps counted once. */
function covered(span: Span, children: readonly Span[]): number {
  let total = 0;
  let until = span.start;
  for (const child of children) {
    const from = Math.max(child.start, until);
    const to = Math.min(child.start + child.duration, span.start + span.duration);
    if (to > from) {
      total += to - from;
      until = to;
    }
  }
  return total;
}

/** Share of a trace's time by service: what each service's spans did themselves, largest first. */
export function timeByService(boxes: readonly Box[]): [string, number][] {
  const own = new Map<string, number>();
  for (const box of boxes) own.set(box.span.service, (own.get(box.span.service) ?? 0) + Math.max(0, box.own));
  const total = [...own.values()].reduce((sum, value) => sum + value, 0) || 1;
  return [...own]
    .map(([service, value]): [string, number] => [service, value / total])
    .sort((a, b) => b[1] - a[1]);
}

export interface View {
  from: number;
  to: number;
}

export interface Palette {
  color: (service: string) => string;
  /** Of what is written on a box of this color. */
  text: (color: string) => string;
  error: string;
  selected: string;
}

export const ROW = 20;

/** Draws the boxes that are wider than half a pixel; errors always. */
export function draw(
  context: CanvasRenderingContext2D,
  boxes: readonly Box[],
  view: View,
  width: number,
  palette: Palette,
  selected: string | null,
) {
  const scale = width / (view.to - view.from);
  context.textBaseline = "middle";
  for (const box of boxes) {
    const x = (box.span.start - view.from) * scale;
    const w = Math.max(1, box.span.duration * scale - 1);
    if (x + w < 0 || x > width || (box.span.duration * scale < 0.5 && !box.span.error)) continue;
    const left = Math.max(0, x);
    drawBox(context, box, left, Math.min(width, x + w) - left, palette, box.span.id === selected);
  }
}

function drawBox(
  context: CanvasRenderingContext2D,
  box: Box,
  left: number,
  width: number,
  palette: Palette,
  selected: boolean,
) {
  const top = box.row * ROW;
  context.fillStyle = palette.color(box.span.service);
  context.fillRect(left, top, width, ROW - 2);
  if (box.span.error) {
    context.fillStyle = palette.error;
    context.fillRect(left, top + ROW - 5, width, 3);
  }
  if (selected) {
    context.strokeStyle = palette.selected;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, width - 2, ROW - 4);
  }
  if (width < 34) return;
  context.save();
  context.beginPath();
  context.rect(left, top, width - 3, ROW);
  context.clip();
  context.fillStyle = palette.text(palette.color(box.span.service));
  context.fillText(
    `${box.span.error ? "◆ " : ""}${box.span.resource || box.span.name}`,
    left + 4,
    top + ROW / 2 - 1,
  );
  context.restore();
}

/** The box at a point of the drawing; the last drawn wins. */
export function boxAt(boxes: readonly Box[], view: View, width: number, x: number, y: number): Box | null {
  const time = view.from + (x / width) * (view.to - view.from);
  const row = Math.floor(y / ROW);
  const pixel = (view.to - view.from) / width;
  const hit = ({ span, row: at }: Box) =>
    at === row && span.start <= time && time <= span.start + Math.max(span.duration, pixel);
  return boxes.findLast(hit) ?? null;
}
