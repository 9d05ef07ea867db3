/** Users and keys through the public endpoints. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";

export interface User {
  id: string;
  attributes: {
    email: string;
    name: string | null;
    created_at: string;
    last_login_time: string | null;
    disabled: boolean;
    service_account: boolean;
    mfa_enabled: boolean;
    status: "Active" | "Pending" | "Disabled";
  };
  relationships: { roles: { data: { id: string }[] } };
}

export interface Role {
  id: string;
  attributes: { name: string };
}

export type KeyKind = "api" | "app";

export interface Key {
  id: string;
  attributes: {
    name: string;
    last4: string;
    created_at: string;
    date_last_used?: string | null;
    last_used_at?: string | null;
    /** Of application keys; null for one without limits. */
    scopes?: string[] | null;
    /** Only in the response that created the key. */
    key?: string;
  };
  relationships: { created_by?: Owner; owned_by?: Owner };
}

interface Owner {
  data: { id: string };
}

const ALL = { "page[size]": 1000 };
const PATHS = {
  api: { list: "/api/v2/api_keys", create: "/api/v2/api_keys", type: "api_keys" },
  app: {
    list: "/api/v2/application_keys",
    create: "/api/v2/current_user/application_keys",
    type: "application_keys",
  },
} as const;

export function useUsers() {
  return useQuery({
    queryKey: ["settings", "users"],
    queryFn: async ({ signal }) =>
      (await request<{ data: User[] }>("GET", "/api/v2/users", { query: ALL, signal })).data,
  });
}

export function useRoles() {
  return useQuery({
    queryKey: ["settings", "roles"],
    queryFn: async ({ signal }) => (await request<{ data: Role[] }>("GET", "/api/v2/roles", { signal })).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** `Heeler Standard Role` is `Standard` on these pages. */
export function roleName(role: { attributes: { name: string } } | undefined): string {
  return role?.attributes.name.replace(/^Heeler (.*) Role$/, "$1") ?? "";
}

export function roleOf(user: User): string {
  return user.relationships.roles.data[0]?.id ?? "";
}

/** The names of all roles of a user, separated by commas. */
export function rolesOf(user: User, roles: readonly Role[]): string {
  const names = user.relationships.roles.data.map(({ id }) => roleName(roles.find((role) => role.id === id)));
  return names.filter(Boolean).join(", ");
}

/** Runs a change and reloads all settings. */
function useChange<Given, Answer>(change: (given: Given) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["settings"] }),
  });
}

export interface NewUser {
  email: string;
  name: string;
  role: string;
  /** Empty: the user is invited and cannot log in yet. */
  password: string;
}

export function useCreateUser() {
  return useChange(async ({ email, name, role, password }: NewUser) => {
    const relationships = { roles: { data: [{ id: role, type: "roles" }] } };
    const body = { data: { type: "users", attributes: { email, name }, relationships } };
    const { data } = await request<{ data: User }>("POST", "/api/v2/users", { body });
    if (password) await givePassword({ id: data.id, password });
    return data;
  });
}

function givePassword({ id, password }: { id: string; password: string }): Promise<void> {
  return request("POST", `/api/ui/users/${id}/password`, { body: { password } });
}

export function useGivePassword() {
  return useChange(givePassword);
}

export interface UserChange {
  id: string;
  role?: string;
  disabled?: boolean;
}

export function useChangeUser() {
  return useChange(({ id, role, disabled }: UserChange) => {
    const relationships = role ? { roles: { data: [{ id: role, type: "roles" }] } } : undefined;
    const body = { data: { id, type: "users", attributes: { disabled }, relationships } };
    return request("PATCH", `/api/v2/users/${id}`, { body });
  });
}

export function useKeys(kind: KeyKind) {
  return useQuery({
    queryKey: ["settings", "keys", kind],
    queryFn: async ({ signal }) =>
      (await request<{ data: Key[] }>("GET", PATHS[kind].list, { query: ALL, signal })).data,
  });
}

export function useCreateKey(kind: KeyKind) {
  return useChange(async ({ name, scopes }: { name: string; scopes: string[] | null }) => {
    const attributes = kind === "app" ? { name, scopes } : { name };
    const body = { data: { type: PATHS[kind].type, attributes } };
    return (await request<{ data: Key }>("POST", PATHS[kind].create, { body })).data;
  });
}

export function useRenameKey(kind: KeyKind) {
  return useChange(({ id, name }: { id: string; name: string }) => {
    const body = { data: { id, type: PATHS[kind].type, attributes: { name } } };
    return request("PATCH", `${PATHS[kind].list}/${id}`, { body });
  });
}

export function useRevokeKey(kind: KeyKind) {
  return useChange((id: string) => request("DELETE", `${PATHS[kind].list}/${id}`));
}
