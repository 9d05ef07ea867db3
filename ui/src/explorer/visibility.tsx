/** Who sees a saved view: its owner, the members of a team, or everyone. */
import { useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import { useMe } from "~/api/session";
import { type Option, Select } from "~/ui";
import type { SavedView } from "./api";

export type Visibility = Pick<SavedView, "shared" | "team">;

interface Team {
  id: string;
  attributes: { name: string };
}

const PRIVATE = "private";
const EVERYONE = "everyone";

const choiceOf = ({ shared, team }: Visibility) => (shared ? EVERYONE : (team ?? PRIVATE));

const visibilityOf = (value: string): Visibility => ({
  shared: value === EVERYONE,
  team: value === EVERYONE || value === PRIVATE ? null : value,
});

/** The person's teams, by name. */
function useOwnTeams() {
  return useQuery({
    queryKey: ["teams", "mine", "names"],
    queryFn: async ({ signal }) => {
      const given = { "filter[me]": "true", "page[size]": 1000 };
      return (await request<{ data: Team[] }>("GET", "/api/v2/team", { query: given, signal })).data;
    },
    staleTime: 60_000,
    retry: false,
  });
}

/** What a visibility is called: “Only you”, “Team Core”, “Everyone”. */
export function useVisibilityName(): (view: Visibility) => string {
  const teams = useOwnTeams();
  return ({ shared, team }) => {
    if (shared) return "Everyone";
    if (!team) return "Only you";
    return `Team ${teams.data?.find((one) => one.id === team)?.attributes.name ?? ""}`.trim();
  };
}

interface VisibilityFieldProps {
  value: Visibility;
  onChange: (value: Visibility) => void;
}

/** The choice, for those who may share; the read-only keep views for themselves. */
export function VisibilityField({ value, onChange }: VisibilityFieldProps) {
  const teams = useOwnTeams();
  const name = useVisibilityName();
  const me = useMe();
  if (!me.data?.can_write) return null;
  const options: Option<string>[] = [
    { value: PRIVATE, label: "Only you" },
    ...(teams.data ?? []).map((team) => ({ value: team.id, label: `Team ${team.attributes.name}` })),
    { value: EVERYONE, label: "Everyone" },
  ];
  const current = choiceOf(value);
  if (!options.some((one) => one.value === current)) options.push({ value: current, label: name(value) });
  return (
    <div>
      <Select
        label="Visible to"
        value={current}
        options={options}
        onChange={(next) => onChange(visibilityOf(next))}
      />
    </div>
  );
}
