/** Reading and changing one field of a nested object by a path such as `yaxis.scale` or `requests.0.limit`. Pure. */

export type Path = string;

export function valueAt(object: unknown, path: Path): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}

/** A copy with another value there; undefined removes the field, and what is empty without it. Objects on the way are
 * made where they lack. */
export function withValue<T>(object: T, path: Path, value: unknown): T {
  const [key, ...rest] = path.split(".");
  if (Array.isArray(object)) {
    const index = Number(key);
    const next = [...object];
    next[index] = rest.length > 0 ? withValue(next[index] ?? {}, rest.join("."), value) : value;
    return next as T;
  }
  const { [key!]: old, ...others } = (object ?? {}) as Record<string, unknown>;
  const next =
    rest.length > 0 ? withValue(old ?? (/^\d+$/.test(rest[0]!) ? [] : {}), rest.join("."), value) : value;
  const emptied = value === undefined && typeof next === "object" && next !== null && !Array.isArray(next);
  if (next === undefined || (emptied && Object.keys(next as object).length === 0)) return others as T;
  return { ...(object as object), [key!]: next } as T;
}
