/** Destinations of notifications through the endpoints of the integrations page. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";

export interface Destination {
  id: string;
  kind: string;
  account: string;
  name: string;
  /** Without its @; empty for a Slack account. */
  handle: string;
  settings: Record<string, unknown>;
  has_secret: boolean;
  state: string;
  /** UNIX seconds of the last message. */
  time: number | null;
  error: string;
}

export interface ChannelKind {
  kind: string;
  label: string;
  secret: string;
  secret_required: boolean;
}

export interface Webhook {
  name: string;
  url: string;
  payload: string | null;
  custom_headers: string | null;
  encode_as: string;
  handle: string;
}

export interface Variable {
  name: string;
  is_secret: boolean;
  value?: string;
}

export interface Integrations {
  channels: ChannelKind[];
  destinations: Destination[];
  webhooks: Webhook[];
  variables: Variable[];
  mail_server: boolean;
}

export interface TestResult {
  ok: boolean;
  answer: string;
}

export function useIntegrations() {
  return useQuery({
    queryKey: ["integrations"],
    queryFn: ({ signal }) => request<Integrations>("GET", "/api/ui/integrations", { signal }),
    refetchInterval: 30_000,
  });
}

export function useIntegrationChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: { method: string; path: string; body?: unknown }) =>
      request<unknown>(method, path, { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["integrations"] }),
  });
}

export function sendTest(path: string, state: string): Promise<TestResult> {
  return request<TestResult>("POST", `${path}/test`, { body: { state } });
}
