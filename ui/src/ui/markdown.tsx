/** Text that people wrote in Markdown. HTML in it stays text; links open elsewhere and lead only to safe addresses. */

import MarkdownToJsx from "markdown-to-jsx";
import type { ComponentType, ReactNode } from "react";

interface Props {
  children: string;
  /** What draws a picture; without it a picture is its description, since loading it would tell its site who reads. */
  images?: ComponentType<{ src?: string; alt?: string }>;
}

export function Markdown({ children, images = Described }: Props) {
  const overrides = { a: { component: Outside }, img: { component: images } };
  return <MarkdownToJsx options={{ disableParsingRawHTML: true, overrides }}>{children}</MarkdownToJsx>;
}

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
