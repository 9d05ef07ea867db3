/** A list of tags, joined by commas, with the known ones offered for the one that is being written. */
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { request } from "~/api/client";
import { Input } from "~/ui";

interface Props {
  value: string;
  onChange: (value: string) => void;
}

export function ScopeInput({ value, onChange }: Props) {
  const list = useId();
  const tags = useQuery({
    queryKey: ["host-tags"],
    queryFn: ({ signal }) =>
      request<{ tags: Record<string, string[]> }>("GET", "/api/v1/tags/hosts", { signal }),
    staleTime: 60_000,
  });
  const before = value.slice(0, value.lastIndexOf(",") + 1);
  const typed = value.slice(before.length).trim().toLowerCase();
  const hosts = Object.values(tags.data?.tags ?? {}).flat();
  const known = [...Object.keys(tags.data?.tags ?? {}), ...[...new Set(hosts)].map((host) => `host:${host}`)];
  const offered = known.filter((tag) => tag.toLowerCase().includes(typed)).slice(0, 50);
  return (
    <>
      <Input
        className="mono"
        list={list}
        value={value}
        placeholder="env:prod, host:web-1"
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={list}>
        {offered.map((tag) => (
          <option key={tag} value={`${before}${before ? " " : ""}${tag}`} />
        ))}
      </datalist>
    </>
  );
}
