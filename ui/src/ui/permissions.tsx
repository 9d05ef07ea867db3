/** What the person may do, for controls that name the permission they need. */
import { createContext, type ReactNode, useContext } from "react";

const Permissions = createContext<ReadonlySet<string> | null>(null);

export function PermissionsProvider({ names, children }: { names: readonly string[]; children: ReactNode }) {
  return <Permissions.Provider value={new Set(names)}>{children}</Permissions.Provider>;
}

/** Why something that needs `permission` is not allowed; undefined where it is. */
export function useDenied(permission: string | undefined): string | undefined {
  const granted = useContext(Permissions);
  if (!permission || granted === null || granted.has(permission)) return undefined;
  return `You do not have permission to do this (${permission})`;
}

/** Whether `permission` is granted. */
export function useMay(permission: string): boolean {
  return useDenied(permission) === undefined;
}
