/** Chooses an SLO or a monitor by its name; the widget holds its id. */
import { useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import { Combobox, Field } from "~/ui";

interface Props {
  kind: "slo" | "monitor";
  label: string;
  value: string;
  onChange: (id: string) => void;
}

interface Thing {
  id: string;
  name: string;
}

const PLACES = { slo: "/slo/new", monitor: "/monitors/create" } as const;
const NAMES = { slo: "SLO", monitor: "monitor" } as const;

async function fetchThings(kind: Props["kind"], signal: AbortSignal): Promise<Thing[]> {
  if (kind === "slo") return (await request<{ data: Thing[] }>("GET", "/api/v1/slo", { signal })).data;
  const found = await request<{ id: number; name: string }[]>("GET", "/api/v1/monitor", { signal });
  return found.map(({ id, name }) => ({ id: String(id), name }));
}

export function ThingPicker({ kind, label, value, onChange }: Props) {
  const query = useQuery({
    queryKey: ["things", kind],
    queryFn: ({ signal }) => fetchThings(kind, signal),
    staleTime: 30_000,
  });
  const things = query.data ?? [];
  const labels = labelsOf(things);
  // Of another server, or deleted: its id is what there is of it.
  const known = labels.get(value);
  const options = [...labels.values(), ...(value && !known ? [value] : [])];
  const none = query.data?.length === 0 && (
    <>
      There is no {NAMES[kind]} yet:{" "}
      <a href={PLACES[kind]} style={{ textDecoration: "underline" }}>
        create one
      </a>
      .
    </>
  );
  return (
    <Field label={label} hint={none || undefined}>
      <Combobox
        label={label}
        placeholder={`Choose ${kind === "slo" ? "an SLO" : "a monitor"}`}
        value={known ?? (value || null)}
        options={options}
        onChange={(next) => {
          const found = things.find((one) => labels.get(one.id) === next);
          if (found) onChange(found.id);
        }}
      />
    </Field>
  );
}

/** What each is called; where two have one name, with the id. */
function labelsOf(things: readonly Thing[]): Map<string, string> {
  const count = new Map<string, number>();
  for (const { name } of things) count.set(name, (count.get(name) ?? 0) + 1);
  return new Map(things.map(({ id, name }) => [id, count.get(name)! > 1 ? `${name} (${id})` : name]));
}
