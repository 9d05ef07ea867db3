/** Env, version and second primary tag: filters of the pages of a service, which stay in the address. */

import { useMemo } from "react";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import { Combobox, Select } from "~/ui";
import { type Scope, type ServicePage, useServices } from "./api";
import { envOptions } from "./services";

export function useScope(): Scope {
  const [params] = useUrlParams();
  const [env, version, tag] = ["env", "version", "primaryTag"].map((name) => params.get(name) ?? "");
  return useMemo(() => ({ env: env!, version: version!, tag: tag! }), [env, version, tag]);
}

/** `path` with the scope in its address. A version is one service's: `version: ""` leaves it out. */
export function withScope(path: string, scope: Scope, more: Record<string, string> = {}): string {
  const { env, version, tag } = scope;
  const given = Object.entries({ ...more, env, version, primaryTag: tag }).filter(([, value]) => value);
  return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
}

const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** The search of the spans that a page is about. */
export function searchOf(service: string, { env, version, tag }: Scope, resource = ""): string {
  const [key, value] = [tag.slice(0, tag.indexOf(":")), tag.slice(tag.indexOf(":") + 1)];
  return [
    `service:${quoted(service)}`,
    env && `env:${quoted(env)}`,
    version && `version:${quoted(version)}`,
    tag && `${key}:${quoted(value)}`,
    resource && `resource_name:${quoted(resource)}`,
  ]
    .filter(Boolean)
    .join(" ");
}

/** The tags by which metrics of a service are filtered. */
export function metricTags(service: string, { env, version, tag }: Scope, resource = ""): string {
  return [
    `service:${service}`,
    env && `env:${env}`,
    version && `version:${version}`,
    tag,
    resource && `resource_name:${tagValue(resource)}`,
  ]
    .filter(Boolean)
    .join(",");
}

/** As tags of metrics are written. */
const tagValue = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\-:./]+/gu, "_")
    .replace(/^_+|_+$/g, "");

export function ScopeFilters({ filters }: { filters?: ServicePage["filters"] }) {
  const { env, version, tag } = useScope();
  const [, change] = useUrlParams();
  const { range } = useTimeRange();
  const envs = envOptions(useServices("", range).data?.envs, env);
  const versions = envOptions(filters?.versions, version);
  return (
    <>
      <Select label="Env" value={env} options={envs} onChange={(value) => change({ env: value })} />
      <Select
        label="Version"
        value={version}
        options={versions}
        onChange={(value) => change({ version: value })}
      />
      <Combobox
        label="Primary tag"
        value={tag || null}
        options={[...new Set([...(filters?.tags ?? []), ...(tag ? [tag] : [])])]}
        onChange={(value) => change({ primaryTag: value })}
        placeholder="Any host or tag"
      />
    </>
  );
}
