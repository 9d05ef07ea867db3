/** What may be done with the address of a picture. Pure. */

export type ImageAddress =
  | { kind: "inline"; url: string }
  | { kind: "external"; url: string; host: string }
  /** Relative to the site that the dashboard was written for, or nothing a browser may load. */
  | { kind: "missing"; url: string };

/** What can be done with an address. `data:` pictures and snapshots of this server need no permission. */
export function imageAddress(url: string): ImageAddress {
  const text = url.trim();
  if (/^data:image\/(png|jpe?g|gif|webp|svg\+xml|avif)[;,]/i.test(text)) return { kind: "inline", url: text };
  if (/^\/snapshot\/view\//.test(text)) return { kind: "inline", url: text };
  try {
    const parsed = new URL(text);
    // Mixed content is blocked by browsers; nearly every site answers by TLS as well.
    if (parsed.protocol === "http:") parsed.protocol = "https:";
    if (parsed.protocol === "https:" && parsed.host)
      return { kind: "external", url: parsed.href, host: parsed.host };
  } catch {
    // not an absolute address
  }
  return { kind: "missing", url: text };
}
