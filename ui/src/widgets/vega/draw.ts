/** Vega and Vega-Lite, loaded with the first wildcard alone. Expressions are interpreted, as the page's policy
 * forbids code from strings; nothing is loaded from addresses. */
import { type Loader, parse, type Spec, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";

export interface Theme {
  text: string;
  grid: string;
  colors: string[];
}

const refuse = () => Promise.reject(new Error("Specifications may not load from addresses."));
const LOADER = { load: refuse, sanitize: refuse, http: refuse, file: refuse } as unknown as Loader;

interface Size {
  width: number;
  height: number;
}

/** Less than this, and axes leave no room for what they belong to. */
const LEAST = { width: 120, height: 84 };

function configOf({ text, grid, colors }: Theme, { width, height }: Size) {
  const labelLimit = Math.max(24, Math.round(Math.min(width, height) * 0.45));
  const labels = { labelColor: text, titleColor: text, labelFontSize: 11, titleFontSize: 11 };
  const none = { labels: false, ticks: false, title: null };
  return {
    background: "transparent",
    font: "Inter Variable, system-ui, sans-serif",
    view: { stroke: "transparent" },
    axis: { ...labels, labelLimit, gridColor: grid, domainColor: grid, tickColor: grid },
    ...(width < LEAST.width && { axisY: none }),
    ...(height < LEAST.height && { axisX: none }),
    legend: labels,
    header: labels,
    mark: { color: colors[0], tooltip: true },
    title: { color: text },
    range: { category: colors },
  };
}

/** Draws into `host` and returns what takes it away. Throws what is wrong with the specification. */
export async function draw(
  host: HTMLElement,
  kind: "vega" | "vega-lite",
  contents: Record<string, unknown>,
  size: Size,
  theme: Theme,
): Promise<() => void> {
  const config = configOf(theme, size);
  const sized = { autosize: { type: "fit", contains: "padding" }, ...contents, ...size };
  const spec =
    kind === "vega"
      ? (sized as Spec)
      : compile({
          ...sized,
          config: { ...config, ...(contents.config as object) },
        } as unknown as TopLevelSpec).spec;
  const runtime = parse(spec, kind === "vega" ? (config as never) : undefined, { ast: true });
  const view = new View(runtime, {
    renderer: "svg",
    container: host,
    hover: true,
    loader: LOADER,
    expr: expressionInterpreter,
    logLevel: 0,
  } as never);
  await view.runAsync();
  return () => view.finalize();
}
