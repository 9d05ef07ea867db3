import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClient, QueryClientProvider, useQueryClient } from "@tanstack/react-query";
import { Component, type ReactNode, Suspense, useEffect } from "react";
import { Redirect, Route, Router, Switch, useLocation } from "wouter";
import { ApiFailure, BASE_PATH, onLoggedOut } from "~/api/client";
import { useMe } from "~/api/session";
import { HOME, PAGES } from "~/pages/register";
import { KeysProvider } from "~/shell/keys";
import { Login } from "~/shell/login";
import { Page } from "~/shell/page";
import { usePreferences } from "~/shell/preferences";
import { Shell } from "~/shell/shell";
import { TimeRangeProvider } from "~/shell/timeRange";
import { Button, Empty, Failure, Loading } from "~/ui";
import { Toasts } from "~/ui/toast";
import { Shared } from "./pages/shared/lazy";

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
      </Tooltip.Provider>
    </QueryClientProvider>
  );
}

/** Shared dashboards need no session. */
function Entrance() {
  const [location] = useLocation();
  const token = /^\/sb\/([^/]+)$/.exec(location)?.[1];
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
  // Moments are written while drawing: another zone draws everything anew.
  if (me.data) return <Pages key={zone} />;
  if (me.isPending) return <Loading />;
  if (me.error instanceof ApiFailure && [401, 403].includes(me.error.status)) return <Login />;
  return <Failure error={me.error} onRetry={() => me.refetch()} />;
}

function Pages() {
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
              <Route key={page.path} path={page.path} component={page.component} />
            ))}
            <Route>
              <Page title="Not found">
                <Empty title="There is no such page">
                  The address may be mistyped, or the page was removed.
                </Empty>
              </Page>
            </Route>
          </Switch>
        </Suspense>
      </Boundary>
    </Shell>
  );
}

/** Keeps a fault of one page from taking the navigation with it. */
class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <Page title="Something broke">
        <Empty
          title="This page has a fault"
          actions={<Button onClick={() => location.reload()}>Load again</Button>}
        >
          {this.state.error.message}
        </Empty>
      </Page>
    );
  }
}
