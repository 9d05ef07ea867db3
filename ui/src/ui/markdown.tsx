/** Text that people wrote in Markdown. HTML in it stays text; links open elsewhere and lead only to safe addresses. */

import MarkdownToJsx from "markdown-to-jsx";

export function Markdown({ children }: { children: string }) {
  return (
    <MarkdownToJsx options={{ disableParsingRawHTML: true, overrides: { a: { component: Outside } } }}>
      {children}
    </MarkdownToJsx>
  );
}

function Outside({ href, children }: { href?: string; children?: React.ReactNode }) {
  const safe = href && /^(https?:|mailto:|\/|#)/i.test(href) ? href : undefined;
  return (
    <a href={safe} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}
