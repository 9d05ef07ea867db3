/** The @handles of a message that is being written. Pure. */

/** The handle that is being written before the caret: its text without @ and where the @ stands. */
export function handleAt(text: string, caret: number): { text: string; start: number } | null {
  const found = /(^|[\s(,;])@([\w.+@-]*)$/.exec(text.slice(0, caret));
  return found ? { text: found[2]!, start: caret - found[2]!.length - 1 } : null;
}
