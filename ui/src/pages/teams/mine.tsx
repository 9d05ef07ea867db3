/** The filter “My teams” of lists whose rows have team tags. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { request } from "~/api/client";
import { useUrlState } from "~/shell/url";
import { Segments } from "~/ui";

interface Team {
  attributes: { handle: string };
}

const OPTIONS = [
  { value: "all", label: "All teams" },
  { value: "mine", label: "My teams" },
] as const;

/** Whether a row with these tags is shown, and the control that decides; nothing for who is in no team. */
export function useMyTeams(): { shows: (tags: readonly string[]) => boolean; control: ReactNode } {
  const [shown, setShown] = useUrlState("teams", "all");
  const query = useQuery({
    queryKey: ["teams", "mine", "handles"],
    queryFn: async ({ signal }) => {
      const given = { "filter[me]": "true", "page[size]": 1000 };
      return (await request<{ data: Team[] }>("GET", "/api/v2/team", { query: given, signal })).data;
    },
    staleTime: 60_000,
    retry: false,
  });
  const mine = new Set(query.data?.map((team) => `team:${team.attributes.handle}`));
  const control =
    mine.size > 0 || shown === "mine" ? (
      <Segments label="Teams" value={shown as "all"} options={OPTIONS} onChange={setShown} />
    ) : null;
  return { shows: (tags) => shown !== "mine" || tags.some((tag) => mine.has(tag)), control };
}
