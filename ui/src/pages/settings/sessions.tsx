/** Where one is logged in, with a way to end each session. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import { formatMoment } from "~/core/time";
import { Async, Button, Panel, toast } from "~/ui";
import css from "./settings.module.css";

interface OpenSession {
  id: string;
  address: string;
  browser: string;
  /** UNIX seconds. */
  created: number;
  current: boolean;
  method: string;
}

const KEY = ["sessions"];
const METHODS: Record<string, string> = {
  password: "with the password",
  totp: "with password and second factor",
  oidc: "through the identity provider",
};

export function Sessions() {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => request<OpenSession[]>("GET", "/api/ui/sessions", { signal }),
  });
  const end = useMutation({
    mutationFn: (id: string) => request("DELETE", `/api/ui/sessions/${id}`),
    onSuccess: () => {
      toast("Session ended");
      return client.invalidateQueries({ queryKey: KEY });
    },
    onError: (error) => toast(error.message, "alert"),
  });
  return (
    <Panel title="Sessions">
      <div className={css.panel}>
        <Async query={query}>
          {(sessions) =>
            sessions.map((session) => (
              <div key={session.id} className={css.session}>
                <span>
                  {browserName(session.browser)} at {session.address || "an unknown address"}
                  <br />
                  <small className="muted">
                    Logged in {formatMoment(session.created * 1000)} {METHODS[session.method] ?? ""}
                  </small>
                </span>
                {session.current ? (
                  <span className="muted">This session</span>
                ) : (
                  <Button size="small" disabled={end.isPending} onClick={() => end.mutate(session.id)}>
                    End session
                  </Button>
                )}
              </div>
            ))
          }
        </Async>
      </div>
    </Panel>
  );
}

/** `Firefox on Linux` of a User-Agent; what a program calls itself otherwise. */
export function browserName(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent)?.[1];
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent)?.[1];
  if (!browser) return agent.split(" ")[0] || "Unknown client";
  const name = { Edg: "Edge", OPR: "Opera" }[browser] ?? browser;
  return system ? `${name} on ${system.replace("Mac OS X", "macOS")}` : name;
}
