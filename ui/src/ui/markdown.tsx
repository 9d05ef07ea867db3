/** Text that people wrote in Markdown. HTML in it stays text; links open elsewhere and lead only to safe addresses. */

import MarkdownToJsx from "markdown-to-jsx";
import type { ComponentType, ReactNode } from "react";

interface Props {
  children: string;
  /** What draws a picture; without it a picture is its description, since loading it would tell its site who reads. */
  images?: ComponentType<{ src?: string; alt?: string }>;
}

export function Markdown({ children, images = Described }: Props) {
  const overrides = { ...HEADINGS, a: { component: Outside }, img: { component: images } };
  return <MarkdownToJsx options={{ disableParsingRawHTML: true, overrides }}>{children}</MarkdownToJsx>;
}

type Level = 1 | 2 | 3 | 4 | 5 | 6;

/** A heading one level lower, since `h1` is the page's own; `data-level` keeps the level that was written, for styles. */
const heading = (level: Level) =>
  function Heading({ id, children }: { id?: string; children?: ReactNode }) {
    const Tag = `h${Math.min(level + 1, 6) as Level}` as const;
    return (
      <Tag id={id} data-level={level}>
        {children}
      </Tag>
    );
  };

const LEVELS: readonly Level[] = [1, 2, 3, 4, 5, 6];
const HEADINGS = Object.fromEntries(LEVELS.map((level) => [`h${level}`, { component: heading(level) }]));

function Described({ alt }: { alt?: string }) {
  return <>{alt}</>;
}

function Outside({ href, children }: { href?: string; children?: ReactNode }) {
  const safe = href && /^(https?:|mailto:|\/|#)/i.test(href) ? href : undefined;
  return (
    <a href={safe} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}
