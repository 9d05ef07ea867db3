/** Events as the second API writes them. */
export interface Event {
  id: string;
  attributes: {
    timestamp: string;
    message: string;
    tags: string[];
    attributes: {
      title?: string;
      status?: string;
      priority?: string;
      hostname?: string;
      source_type_name?: string;
      [name: string]: unknown;
    };
  };
}

const WORDS: Record<string, string> = {
  error: "Error",
  warning: "Warning",
  warn: "Warning",
  success: "Success",
  ok: "OK",
  info: "Info",
  user_update: "Comment",
};

export function kindOf(event: Event): string {
  const status = event.attributes.attributes.status || "info";
  return WORDS[status] ?? status;
}

/** What a list shows of an event: its title, or the first line of a comment, which has none. */
export function titleOf(event: Event): string {
  return event.attributes.attributes.title || textOf(event).text.split("\n", 1)[0] || "Event";
}

/** Text between lines of `%%%` is Markdown. */
export function textOf(event: Event): { text: string; markdown: boolean } {
  const text = event.attributes.message.trim();
  const inner = /^%%%\s*\n([\s\S]*?)\n?\s*%%%$/.exec(text);
  return inner ? { text: inner[1]!, markdown: true } : { text, markdown: false };
}

export const momentOf = (event: Event) => Date.parse(event.attributes.timestamp);
