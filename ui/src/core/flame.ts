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
  env?: string;
  host?: string;
  version?: string;
  language?: string;
  tags?: string[];
  meta: Record<string, string>;
  metrics: Record<string, number>;
  links?: SpanLink[];
  events?: SpanEvent[];
  meta_struct?: Record<string, unknown>;
}

/** A pointer to a span of this or another trace. */
export interface SpanLink {
  trace_id: string;
  span_id: string;
  attributes?: Record<string, string>;
  tracestate?: string;
}

export interface SpanEvent {
  /** UNIX nanoseconds; digits beyond microseconds are lost in numbers of JavaScript. */
  time_unix_nano: number;
  name: string;
  attributes?: Record<string, unknown>;
}

export interface Box {
  span: Span;
  depth: number;
  /** Row of the flame graph: parallel spans of one depth stand below each other. */
  row: number;
  /** Nanoseconds of this span in which none of its children ran. */
  own: number;
  /** Whether the span that calls it is of another service, or not here. */
  enters: boolean;
}

/** Boxes in tree order: parents before children, siblings by start. Spans without a parent here are roots. */
export function layOut(spans: readonly Span[]): Box[] {
  const { roots, children } = family(spans);
  const ends: number[] = [];
  const boxes: Box[] = [];
  const seen = new Set<string>();
  const stack = roots.reverse().map((span) => ({ span, depth: 0, above: -1, caller: "" }));
  while (stack.length > 0) {
    const { span, depth, above, caller } = stack.pop()!;
    if (seen.has(span.id)) continue;
    seen.add(span.id);
    let row = above + 1;
    while ((ends[row] ?? Number.NEGATIVE_INFINITY) > span.start) row += 1;
    ends[row] = span.start + span.duration;
    const inner = children.get(span.id) ?? [];
    const enters = depth === 0 || span.service !== caller;
    boxes.push({ span, depth, row, own: span.duration - covered(span, inner), enters });
    for (const child of [...inner].reverse())
      stack.push({ span: child, depth: depth + 1, above: row, caller: span.service });
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
    else {
      const known = children.get(span.parent);
      if (known) known.push(span);
      else children.set(span.parent, [span]);
    }
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
  color: (span: Span) => string;
  /** Of what is written on a box of this color. */
  text: (color: string) => string;
  error: string;
  selected: string;
  /** Of blocks, which stand for spans too narrow to draw. */
  block: string;
  /** How strongly a span is drawn, 0 to 1. */
  strength?: (span: Span) => number;
}

export const ROW = 20;
/** Spans narrower than this many pixels are merged with their neighbors into blocks. */
const NARROW = 0.5;
/** Blocks of a row that are no further apart become one. */
const GAP = 2;
const LEAST_BLOCK = 3;

/** Neighbors in a row, each too narrow to draw. Times are nanoseconds. */
export interface Block {
  row: number;
  from: number;
  to: number;
  boxes: Box[];
  errors: number;
}

export interface Arrangement {
  boxes: Box[];
  blocks: Block[];
}

/** What of a trace is seen in a view `width` pixels wide: boxes, and blocks for the spans too narrow for one. */
export function arrange(boxes: readonly Box[], view: View, width: number): Arrangement {
  const scale = width / (view.to - view.from);
  const found: Arrangement = { boxes: [], blocks: [] };
  const narrow: Box[] = [];
  for (const box of boxes) {
    const end = box.span.start + box.span.duration;
    if (end < view.from || box.span.start > view.to) continue;
    if (box.span.duration * scale >= NARROW) found.boxes.push(box);
    else narrow.push(box);
  }
  narrow.sort((a, b) => a.row - b.row || a.span.start - b.span.start);
  let block: Block | null = null;
  for (const box of narrow) {
    const end = box.span.start + box.span.duration;
    if (block && block.row === box.row && (box.span.start - block.to) * scale <= GAP) {
      block.boxes.push(box);
      block.to = Math.max(block.to, end);
      block.errors += box.span.error ? 1 : 0;
    } else {
      block = { row: box.row, from: box.span.start, to: end, boxes: [box], errors: box.span.error ? 1 : 0 };
      found.blocks.push(block);
    }
  }
  return found;
}

/** Draws boxes and, where spans are too narrow, blocks with their number. */
export function draw(
  context: CanvasRenderingContext2D,
  { boxes, blocks }: Arrangement,
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
    const left = Math.max(0, x);
    drawBox(context, box, left, Math.min(width, x + w) - left, palette, box.span.id === selected);
  }
  for (const block of blocks) {
    const x = Math.max(0, (block.from - view.from) * scale);
    const w = Math.max(LEAST_BLOCK, Math.min(width, (block.to - view.from) * scale) - x);
    drawBlock(context, block, x, w, palette, selected);
  }
}

function drawBlock(
  context: CanvasRenderingContext2D,
  block: Block,
  left: number,
  width: number,
  palette: Palette,
  selected: string | null,
) {
  const top = block.row * ROW;
  context.fillStyle = palette.block;
  context.fillRect(left, top, width, ROW - 2);
  if (block.errors > 0) {
    context.fillStyle = palette.error;
    context.fillRect(left, top + ROW - 5, width, 3);
  }
  if (selected !== null && block.boxes.some((box) => box.span.id === selected)) {
    context.strokeStyle = palette.selected;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, Math.max(1, width - 2), ROW - 4);
  }
  const label = width > 60 ? `${block.boxes.length} spans` : `${block.boxes.length}`;
  const size = context.measureText(label).width;
  if (size + 6 > width) return;
  context.fillStyle = palette.text(palette.block);
  context.fillText(label, left + (width - size) / 2, top + ROW / 2 - 1);
}

/** What is written on a box: the resource, after the service where a trace enters it; the color tells it below. */
export function labelOf({ span, enters }: Pick<Box, "span" | "enters">): string {
  const what = span.resource || span.name;
  const service = enters && span.service !== what ? span.service : "";
  return [span.error ? "◆" : "", service, what].filter(Boolean).join(" ");
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
  const color = palette.color(box.span);
  context.globalAlpha = selected ? 1 : (palette.strength?.(box.span) ?? 1);
  context.fillStyle = color;
  context.fillRect(left, top, width, ROW - 2);
  if (box.span.error) {
    context.fillStyle = palette.error;
    context.fillRect(left, top + ROW - 5, width, 3);
  }
  if (selected) {
    context.strokeStyle = palette.selected;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, Math.max(1, width - 2), ROW - 4);
  }
  if (width >= 34) {
    context.save();
    context.beginPath();
    context.rect(left, top, width - 3, ROW);
    context.clip();
    context.fillStyle = palette.text(color);
    context.fillText(labelOf(box), left + 4, top + ROW / 2 - 1);
    context.restore();
  }
  context.globalAlpha = 1;
}

/** The box or block at a point of the drawing; what was drawn last wins. */
export function hitTest(
  { boxes, blocks }: Arrangement,
  view: View,
  width: number,
  x: number,
  y: number,
): Box | Block | null {
  const pixel = (view.to - view.from) / width;
  const time = view.from + x * pixel;
  const row = Math.floor(y / ROW);
  const within = (at: number, from: number, to: number, least: number) =>
    at === row && from <= time && time <= Math.max(to, from + least * pixel);
  return (
    blocks.findLast((block) => within(block.row, block.from, block.to, LEAST_BLOCK)) ??
    boxes.findLast(({ span, row: at }) => within(at, span.start, span.start + span.duration, 1)) ??
    null
  );
}
