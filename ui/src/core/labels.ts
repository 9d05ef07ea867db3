/** Names of series: only what tells them apart. */

/** `host:a,env:prod` and `host:b,env:prod` become `host:a` and `host:b`; a lone series keeps its whole name. */
export function distinctLabels(tagSets: readonly (readonly string[])[]): string[] {
  if (tagSets.length < 2) return tagSets.map((tags) => tags.join(", "));
  const counts = new Map<string, number>();
  for (const tags of tagSets) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return tagSets.map((tags) => {
    const telling = tags.filter((tag) => counts.get(tag) !== tagSets.length);
    return (telling.length > 0 ? telling : tags).join(", ");
  });
}

/** Shortens in the middle, since names differ at their ends: `kubernetes…-7f9c`. */
export function shorten(name: string, limit = 48): string {
  if (name.length <= limit) return name;
  const end = Math.floor((limit - 1) * 0.6);
  return `${name.slice(0, limit - 1 - end)}…${name.slice(-end)}`;
}

/** `1 host`, `2 hosts`. */
export function counted(count: number, word: string): string {
  return `${count}\u00a0${word}${count === 1 ? "" : "s"}`;
}
