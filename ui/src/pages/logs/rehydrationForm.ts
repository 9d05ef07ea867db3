/** What the form of a historical view makes of what is written in it. Pure. */

export const MAX_LOGS = 100_000_000;
export const MAX_RETENTION_DAYS = 366;
export const MAX_LATE_HOURS = 168;

/** The value of an input of a time, in the browser's zone. */
export function timeField(time: number): string {
  const at = new Date(time);
  const local = new Date(time - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

const MAX_PERIOD_DAYS = 366;

/** Milliseconds from one input to the other; null where they are no times in order, or too far apart. */
export function periodOf(start: string, end: string): { from: number; to: number } | null {
  return periodProblem(start, end) ? null : { from: Date.parse(start), to: Date.parse(end) };
}

/** What is wrong with a period; undefined for one that can be read. */
export function periodProblem(start: string, end: string): string | undefined {
  const [from, to] = [Date.parse(start), Date.parse(end)];
  if (!(from < to)) return "The end must be after the start";
  return to - from > MAX_PERIOD_DAYS * 86_400_000 ? `At most ${MAX_PERIOD_DAYS} days` : undefined;
}

/** A name as indexes have them: it is searched like one. */
export const isName = (text: string) => /^[a-z][a-z0-9-]{0,99}$/.test(text);

/** A whole number within bounds; null for what is none. */
export function wholeNumber(text: string, least: number, most: number): number | null {
  const plain = text.trim().replace(/[\s,_]/g, "");
  const number = /^\d{1,12}$/.test(plain) ? Number(plain) : -1;
  return number >= least && number <= most ? number : null;
}
