/** The drawing of a widget as a picture, with the panel's background behind it. */
import { resolveColor } from "~/core/palette";

const STYLES = [
  "fill",
  "stroke",
  "stroke-width",
  "fill-opacity",
  "font-family",
  "font-size",
  "font-weight",
  "opacity",
];

/** PNG of the canvas, or else of the largest SVG, in an element; null where there is neither. */
export async function pictureOf(element: Element): Promise<Blob | null> {
  const canvas = element.querySelector("canvas");
  if (canvas) return painted(canvas.width, canvas.height, (context) => context.drawImage(canvas, 0, 0));
  const drawings = [...element.querySelectorAll("svg")].map((svg) => ({
    svg,
    box: svg.getBoundingClientRect(),
  }));
  const [largest] = drawings.sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
  if (!largest || largest.box.width < 48) return null;
  const { width, height } = largest.box;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(largest.svg, width, height))}`;
  await image.decode();
  const ratio = window.devicePixelRatio;
  return painted(width * ratio, height * ratio, (context) =>
    context.drawImage(image, 0, 0, width * ratio, height * ratio),
  );
}

function painted(
  width: number,
  height: number,
  paint: (context: CanvasRenderingContext2D) => void,
): Promise<Blob | null> {
  const copy = document.createElement("canvas");
  copy.width = Math.round(width);
  copy.height = Math.round(height);
  const context = copy.getContext("2d")!;
  context.fillStyle = resolveColor("--surface");
  context.fillRect(0, 0, copy.width, copy.height);
  paint(context);
  return new Promise((resolve) => copy.toBlob(resolve));
}

/** The SVG with the page's styles written into it: outside of the page there are no variables. */
function standalone(svg: SVGSVGElement, width: number, height: number): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, i) => {
    const computed = getComputedStyle(originals[i]!);
    for (const name of STYLES) {
      const value = computed.getPropertyValue(name);
      if (value) element.setAttribute(name, value);
    }
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  return new XMLSerializer().serializeToString(copy);
}
