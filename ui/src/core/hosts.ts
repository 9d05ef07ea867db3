/** Filtering and grouping of hosts by their tags. */

interface Tagged {
  name: string;
  aliases: readonly string[];
  tags: readonly string[];
}

/** Every word is a part of the name or of an alias, or a tag; `*` at a word's end stands for any rest. */
export function matchesHost(host: Tagged, text: string): boolean {
  const names = [host.name, ...host.aliases].map((name) => name.toLowerCase());
  const tags = host.tags.map((tag) => tag.toLowerCase());
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .every((word) => {
      const start = word.endsWith("*") ? word.slice(0, -1) : null;
      if (tags.some((tag) => tag === word || (start !== null && tag.startsWith(start)))) return true;
      return names.some((name) => name.includes(start ?? word));
    });
}

/** Keys that hosts can be grouped by, most common first. */
export function tagKeys(hosts: readonly Tagged[]): string[] {
  const counts = new Map<string, number>();
  for (const host of hosts) {
    const keys = new Set(
      host.tags.filter((tag) => tag.includes(":")).map((tag) => tag.slice(0, tag.indexOf(":"))),
    );
    keys.delete("host");
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([key]) => key);
}

/** Hosts by the value of a tag; those without it come last, as `no KEY`. A host with two values stands in both. */
export function groupHosts<H extends Tagged>(
  hosts: readonly H[],
  key: string,
): { name: string; hosts: H[] }[] {
  if (key === "") return [{ name: "", hosts: [...hosts] }];
  const groups = new Map<string, H[]>();
  const without: H[] = [];
  for (const host of hosts) {
    const values = host.tags
      .filter((tag) => tag.startsWith(`${key}:`))
      .map((tag) => tag.slice(key.length + 1));
    if (values.length === 0) without.push(host);
    for (const value of values) groups.set(value, [...(groups.get(value) ?? []), host]);
  }
  const named = [...groups].map(([name, members]) => ({ name, hosts: members }));
  named.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  return without.length > 0 ? [...named, { name: `no ${key}`, hosts: without }] : named;
}
