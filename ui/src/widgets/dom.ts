/** What components need to know of their own element. */
import { type RefCallback, useLayoutEffect, useState } from "react";

export interface Size {
  width: number;
  height: number;
}

/** Inner size of an element in CSS pixels, also of one that appears later; 0 before it was measured. */
export function useSize<T extends HTMLElement>(): [RefCallback<T>, Size] {
  const [element, setElement] = useState<T | null>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    if (!element) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, size];
}

/** Words smaller than this are not read. */
const SMALLEST_PX = 11;

/**
 * Keeps the font size that an author chose while its text fits; else the largest that lets it, as long as it can be
 * read. A text that is too long even then is set closely (`data-tight`), and scrolls. An element whose own size
 * changes needs a key.
 */
export function useFittingText<T extends HTMLElement>(): RefCallback<T> {
  const [element, setElement] = useState<T | null>(null);
  useLayoutEffect(() => {
    if (!element) return;
    const { fontSize } = element.style;
    const settle = () => {
      element.style.fontSize = fontSize;
      delete element.dataset.tight;
      const overflows = () =>
        element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1;
      if (element.clientHeight === 0 || !overflows()) return;
      const chosen = Number.parseFloat(getComputedStyle(element).fontSize);
      for (let size = Math.ceil(chosen) - 1; size >= SMALLEST_PX; size--) {
        element.style.fontSize = `${size}px`;
        if (!overflows()) return;
      }
      element.dataset.tight = "";
    };
    settle();
    const observer = new ResizeObserver(settle);
    observer.observe(element);
    const changes = new MutationObserver(settle);
    changes.observe(element, { childList: true, characterData: true, subtree: true });
    return () => {
      observer.disconnect();
      changes.disconnect();
    };
  }, [element]);
  return setElement;
}
