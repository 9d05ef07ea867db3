import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClient, QueryClientProvider, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, Suspense, useEffect } from "react";
import { Redirect, Route, Router, Switch, useLocation } from "wouter";
import { ApiFailure, BASE_PATH, onLoggedOut } from "~/api/client";
import { useLogout, useMe } from "~/api/session";
import { lazyPart } from "~/core/lazyPart";
import { HOME, isShown, PAGES, type PageEntry } from "~/pages/register";
import { Boundary } from "~/shell/boundary";
import { Invitation } from "~/shell/invitation";
import { KeysProvider } from "~/shell/keys";
import { Login } from "~/shell/login";
import { Page } from "~/shell/page";
import { usePreferences } from "~/shell/preferences";
import { Shell } from "~/shell/shell";
import css from "~/shell/shell.module.css";
import { TimeRangeProvider } from "~/shell/timeRange";
import { Button, Empty, Failure, Loading, PermissionsProvider } from "~/ui";
import { Questions } from "~/ui/ask";
import { Toasts } from "~/ui/toast";
import { Shared } from "./pages/shared/lazy";

const SecondFactor = lazyPart(async () => ({
  default: (await import("./pages/settings/secondFactor")).SecondFactor,
}));

const queries = new QueryClient({
  defaultOptions: {
    // The server may be on this machine or in its network: that the browser calls itself offline says nothing.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      refetchOnWindowFocus: false,
      // What the server refused it will refuse again; only a lost connection is worth another try.
      retry: (count, error) => count < 2 && !(error instanceof ApiFailure && error.status !== 0),
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Tooltip.Provider delay={300}>
        <Router base={BASE_PATH}>
          <KeysProvider>
            <TimeRangeProvider>
              <Entrance />
            </TimeRangeProvider>
          </KeysProvider>
        </Router>
        <Toasts />
        <Questions />
      </Tooltip.Provider>
    </QueryClientProvider>
  );
}

/** Shared dashboards and invitations need no session. */
function Entrance() {
  const [location] = useLocation();
  const token = /^\/sb\/([^/]+)$/.exec(location)?.[1];
  if (location === "/invitation") return <Invitation />;
  if (!token) return <Session />;
  return (
    <Suspense fallback={<Loading />}>
      <Shared token={token} />
    </Suspense>
  );
}

function Session() {
  const me = useMe();
  const client = useQueryClient();
  const { zone } = usePreferences();
  useEffect(
    () =>
      onLoggedOut(() => {
        if (client.getQueryData(["me"])) client.resetQueries({ queryKey: ["me"] });
      }),
    [client],
  );
  // Times are formatted while rendering: another zone renders everything again.
  if (me.data?.needs_second_factor) return <SetUpSecondFactor />;
  if (me.data)
    return (
      <PermissionsProvider names={me.data.permissions}>
        <Pages key={zone} granted={me.data.permissions} />
      </PermissionsProvider>
    );
  if (me.isPending) return <Loading />;
  if (me.error instanceof ApiFailure && [401, 403].includes(me.error.status)) return <Login />;
  return <Failure error={me.error} onRetry={() => me.refetch()} />;
}

/** Nothing else works before the second factor that the organization requires. */
function SetUpSecondFactor() {
  const logout = useLogout();
  return (
    <main className={css.login}>
      <div className={css.loginCard}>
        <Suspense fallback={<Loading />}>
          <SecondFactor />
        </Suspense>
        <Button kind="ghost" onClick={() => logout.mutate()}>
          Log out
        </Button>
      </div>
    </main>
  );
}

function Pages({ granted }: { granted: readonly string[] }) {
  const [location] = useLocation();
  return (
    <Shell>
      <Boundary key={location}>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/">
              <Redirect to={HOME} replace />
            </Route>
            {PAGES.map((page) => (
              <Route
                key={page.path}
                path={page.path}
                component={isShown(page, granted) ? page.component : denied(page)}
              />
            ))}
            <Route>
              <Page title="Page not found">
                <Empty title="Page not found">The address may be mistyped, or the page was removed.</Empty>
              </Page>
            </Route>
          </Switch>
        </Suspense>
      </Boundary>
    </Shell>
  );
}

const refusals = new Map<string, () => ReactElement>();

/** What stands in place of a page that the person may not see. */
function denied(page: PageEntry) {
  const known = refusals.get(page.path);
  if (known) return known;
  const Denied = () => (
    <Page title={page.title}>
      <Empty title="You do not have permission to view this page">
        It requires {page.permission}. An administrator can grant it.
      </Empty>
    </Page>
  );
  refusals.set(page.path, Denied);
  return Denied;
}
