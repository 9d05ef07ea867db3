/** The order of a list of SLOs. Pure. */

export interface FoundSlo {
  data: {
    id: string;
    attributes: {
      name: string;
      overall_status?: {
        status?: number | null;
        target?: number;
        error_budget_remaining?: number | null;
        timeframe?: string;
        state?: string;
      }[];
    };
  };
}

export interface SloSort {
  column: string;
  order: "asc" | "desc";
}

/** By `status.sli`, `status.error_budget_remaining`, `target` or `name`; a later one decides among equals. */
export function sortedSlos(found: readonly FoundSlo[], sort: readonly SloSort[] | undefined): FoundSlo[] {
  return [...found].sort((a, b) => {
    for (const { column, order } of sort ?? []) {
      const [x, y] = [numberOf(a, column), numberOf(b, column)];
      const difference = compared(x, y, order === "desc" ? -1 : 1);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

function numberOf({ data }: FoundSlo, column: string): string | number | null {
  const status = data.attributes.overall_status?.[0];
  if (/name/.test(column)) return data.attributes.name;
  if (/budget/.test(column)) return status?.error_budget_remaining ?? null;
  if (/target/.test(column)) return status?.target ?? null;
  return /status|sli/.test(column) ? (status?.status ?? null) : null;
}

/** What has no value comes last. */
function compared(x: string | number | null, y: typeof x, sign: number): number {
  if (x === null || y === null) return Number(x === null) - Number(y === null);
  if (typeof x === "number" && typeof y === "number") return (x - y) * sign;
  return String(x).localeCompare(String(y)) * sign;
}
